// One jest project as a step; the counts come from jest's own report.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { at, nodeBinary } from './places.mjs';
import { runProgram, step } from './step.mjs';

/** int starts servers, e2e whole platforms: on a small machine they would only wait for each other. */
const WORKERS = { unit: '2', parts: '2', repo: '50%', int: '2', e2e: '1' };
export const PROJECTS = Object.keys(WORKERS);
/** Those that start no server of ours. */
export const PURE = new Set(['unit', 'parts', 'repo']);

function countsOf(file, how) {
  let report;
  try { report = JSON.parse(readFileSync(file, 'utf8')); } catch {
    return { passed: 0, failed: 1, why: `jest left no report (${how})` };
  }
  const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = report;
  // A file that cannot even be loaded has no failed test, and counts as one.
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  const skipped = numPendingTests + numTodoTests;
  if (failed === 0 && how !== 'ok') return { passed, failed: 1, skipped, why: how };
  return { passed, failed, skipped, ...(passed + failed + skipped === 0 ? { why: 'no tests' } : {}) };
}

/** `through` is a script that gets jest's command line as its arguments and runs it. */
export const jestStep = (project, { args = [], env = {}, through } = {}) => step(`jest ${project}`, async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'matricula-jest-'));
  const report = path.join(folder, 'report.json');
  try {
    const how = await runProgram(nodeBinary(), [
      ...(through ? [through, nodeBinary()] : []), at('node_modules', 'jest', 'bin', 'jest.js'), '--selectProjects', project, '--passWithNoTests', '--maxWorkers', WORKERS[project],
      '--json', '--outputFile', report, '--testLocationInResults', ...args,
    ], env);
    return countsOf(report, how);
  } finally { rmSync(folder, { recursive: true, force: true }); }
});
