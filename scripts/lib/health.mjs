// Waiting for the services to say that they are ready.
import { setTimeout as wait } from 'node:timers/promises';
import { Stop } from './say.mjs';

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;

async function isReady(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch { return false; }
}

async function untilReady(port, end, givenUp) {
  while (!givenUp()) {
    if (await isReady(port)) return true;
    if (Date.now() > end) return false;
    await wait(ASK_EVERY_MS);
  }
  return false;
}

/** Waits for all; `ports` is `{ name: port }`. Stops with the names of those that never were ready. */
export async function waitForServices(ports, givenUp) {
  const end = Date.now() + READY_WITHIN_MS;
  const answers = await Promise.all(Object.entries(ports).map(async ([name, port]) => ({ name, port, ready: await untilReady(port, end, givenUp) })));
  const late = answers.filter((answer) => !answer.ready);
  if (late.length === 0 || givenUp()) return;
  throw new Stop(`Not ready within ${READY_WITHIN_MS / 1000} s: ${late.map(({ name, port }) => `${name} (http://127.0.0.1:${port}/health/ready)`).join(', ')}.
  What they said stands in the logs folder of the data folder.`);
}
