// One step of npm test: a program that runs to its end, timed, its result told in one line.
import process from 'node:process';
import { spawn } from 'node:child_process';
import { at, toolEnv } from './places.mjs';
import { paint } from './say.mjs';

const STEP_WITHIN_MS = 15 * 60_000;
let current;

/** Ends the running program and whatever it started; used when the person gives up. */
export function killCurrent() {
  if (current?.pid === undefined) return;
  try { process.kill(-current.pid, 'SIGKILL'); } catch { /* ended meanwhile */ }
}

/** Runs a program in its own process group with its output shown; resolves with 'ok' or how it ended. */
export async function runProgram(command, args, env = {}) {
  const child = spawn(command, args, { cwd: at(), env: toolEnv(env), stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  current = child;
  let late = false;
  const timer = setTimeout(() => { late = true; killCurrent(); }, STEP_WITHIN_MS);
  const how = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? 'ok' : (signal ?? `exit ${code}`)));
  });
  clearTimeout(timer);
  killCurrent(); // what a test left behind
  current = undefined;
  return late ? `not over after ${STEP_WITHIN_MS / 60_000} minutes` : how;
}

/** Counts of `N passed, N failed`: jest's tests, and one for every other step. */
export const counts = { passed: 0, failed: 0, skipped: 0 };

/**
 * Runs one step and prints `name, result, seconds`.
 * @param {string} name
 * @param {() => Promise<{ passed: number, failed: number, skipped?: number, why?: string }>} work
 */
export async function step(name, work) {
  const started = Date.now();
  console.log(paint(1, `\n── ${name}`));
  const result = await work().catch((error) => ({ passed: 0, failed: 1, why: error.message }));
  counts.passed += result.passed;
  counts.failed += result.failed;
  counts.skipped += result.skipped ?? 0;
  const good = result.failed === 0;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const numbers = result.passed + result.failed > 1 ? ` (${result.passed} passed, ${result.failed} failed${result.skipped ? `, ${result.skipped} skipped` : ''})` : '';
  console.log(`${paint(good ? 32 : 31, good ? 'ok    ' : 'FAILED')} ${name}${numbers}, ${seconds} s${result.why ? `: ${result.why}` : ''}`);
  return good;
}

/** A step that is one program: it passes or it fails. */
export const programStep = (name, command, args, env) => step(name, async () => {
  const how = await runProgram(command, args, env);
  return how === 'ok' ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, why: how };
});

/** The last line. */
export function summary() {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
  return counts.failed === 0 ? 0 : 1;
}
