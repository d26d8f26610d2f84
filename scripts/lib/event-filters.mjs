// The filters of every event there is, asked of the built contracts.
import { spawnSync } from 'node:child_process';
import { at, nodeBinary } from './places.mjs';
import { Stop } from './say.mjs';

const QUESTION = "process.stdout.write(JSON.stringify(require('./libs/contracts/dist/index.js').allEvents().map((event) => event.filter)))";

/** Like `evt.*.accounts.account.created`, sorted; the contracts must have been built. */
export function contractEventFilters() {
  const asked = spawnSync(nodeBinary(), ['-e', QUESTION], { cwd: at(), encoding: 'utf8' });
  if (asked.status !== 0) throw new Stop(`The events of libs/contracts could not be listed:\n${asked.stderr || asked.error?.message}`);
  return JSON.parse(asked.stdout).toSorted();
}
