// The consumers of the systems outside, as a step of npm start: a child under Node 24, since start itself has no packages.
import process from 'node:process';
import { spawn } from 'node:child_process';
import { at, nodeBinary, toolEnv } from './places.mjs';

const PROGRAM = at('scripts', 'external-consumers.mjs');
/** Set for the process that has the packages. */
export const RUNS_UNDER_24 = 'MATRICULA_EXTERNAL_CONSUMERS';

/** Resolves with why it did not work, or undefined. */
async function run(env, signal) {
  const child = spawn(nodeBinary(), [PROGRAM], { cwd: at(), stdio: ['ignore', 'ignore', 'pipe'], env: toolEnv({ ...env, [RUNS_UNDER_24]: '1' }), signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : said.trim() || (killedBy ?? `exit ${code}`)));
  });
}

/**
 * `makeFor(pid)` makes the consumers on the NATS of that process, once per process: after a restart its store may be empty.
 * A failure is told, and how to repeat it; the platform runs without systems outside.
 * @param {{ natsUrl: string, operatorPassword: string, data: string, say: (text: string) => void, signal: AbortSignal }} options
 */
export function externalConsumers({ natsUrl, operatorPassword, data, say, signal }) {
  const env = { NATS_URL: natsUrl, NATS_OPERATOR_PASSWORD: (process.env.NATS_URL && process.env.NATS_OPERATOR_PASSWORD) || operatorPassword };
  let madeFor = null;
  let mine = new AbortController();

  async function makeFor(pid) {
    if (madeFor === pid) return;
    const ended = madeFor !== null && pid === undefined;
    madeFor = pid;
    mine.abort();
    if (ended) return;
    mine = new AbortController();
    const { signal: overtaken } = mine;
    const why = await run(env, AbortSignal.any([signal, overtaken]));
    if (why === undefined || signal.aborted || overtaken.aborted) return;
    const where = process.env.NATS_URL ? 'NATS_URL=… NATS_OPERATOR_PASSWORD=… node scripts/external-consumers.mjs' : `node scripts/external-consumers.mjs --data ${data}`;
    say(`the consumers of systems outside were not made: ${why}\n  The platform runs without them. To make them:  ${where}`);
  }
  return { makeFor };
}
