import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunningPlatform } from './running-platform.js';

/** Each process is killed once at its place in the job: while the step after the named one is under way. */
const kills: Readonly<Record<number, readonly string[]>> = {
  3: ['notifications'],
  4: ['accounts'],
  5: ['identity'],
  6: ['gateway'],
  8: ['enrollment'],
  9: ['billing'],
  10: ['mongo'],
  11: ['billing', 'notifications'],
  12: ['billing'],
  13: ['enrollment', 'nats'],
  14: ['redis'],
};

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await RunningPlatform.open();
}, 180_000);
afterAll(async () => {
  await platform?.remove();
}, 60_000);

describe('kill -9 in the middle of the main job', () => {
  it('every process is killed at least once; the job reaches the same end, nothing lost or doubled', async () => {
    const killed: string[] = [];
    const { steps, exitCode, errors } = await platform.demo((step) => {
      for (const name of kills[step.step] ?? []) {
        platform.kill(name);
        killed.push(name);
      }
    });
    expect({ failed: steps.filter((s) => !s.ok), errors, exitCode }).toEqual({ failed: [], errors: '', exitCode: 0 });
    expect([...new Set(killed)].toSorted()).toEqual(['accounts', 'billing', 'enrollment', 'gateway', 'identity', 'mongo', 'nats', 'notifications', 'redis']);
    const proof = steps.find((s) => s.name === 'The books are proven');
    expect(proof?.result).toMatchObject({ proven: true, entries: 3 });
  }, 240_000);

  it('what was there before a restart is there after it, and the job runs again', async () => {
    const { exitCode } = await platform.stop();
    expect(exitCode).toBe(0);
    platform = await RunningPlatform.open({}, platform.data);
    const { steps, exitCode: demo } = await platform.demo();
    expect({ failed: steps.filter((s) => !s.ok), demo }).toEqual({ failed: [], demo: 0 });
    const imported = steps.find((s) => s.name === '60 untidy families are imported');
    expect(imported?.result).toMatchObject({ totals: { created: 0 } });
  }, 240_000);
});
