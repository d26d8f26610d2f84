import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ListClasses, ListEnrolments } from '@matricula/contracts';
import { newKey, poll } from '@matricula/testing';
import { race, World } from './fixtures.js';

let world: World;
let service: ChildProcess;
beforeAll(async () => {
  world = await World.openWithoutService();
  // calls in flight at the kill are never answered
  world.patienceMs = 3_000;
  service = await started();
}, 60_000);
afterAll(async () => {
  await killed();
  await world?.close();
});

/** The service as a process of its own, answering. */
async function started(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [resolve(__dirname, '../dist/main.js')], { env: { ...process.env, ...world.stack.env }, stdio: 'ignore' });
  await poll('the service to answer', () => world.call(ListClasses, {}).then(() => true, () => undefined), 20_000);
  return child;
}
async function killed(): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  service.kill('SIGKILL');
  await once(service, 'exit');
}

describe('SG-02 kill -9 in the middle of a rush', () => {
  it('every seat goes to one learner, every confirmed enrolment is charged once, nothing else is charged', async () => {
    // real time in that process: the class lies ahead of it
    const year = new Date().getUTCFullYear() + 1;
    const { id: classId } = await world.class({ capacity: 20, firstDate: `${year}-03-01`, lastDate: `${year}-05-01`, weekdays: [1] });
    const racers = Array.from({ length: 30 }, () => ({ who: world.learner(), key: newKey() }));
    for (const charged of [3, 9]) {
      const rush = race(racers.map(({ who, key }) => () => world.enrol(who, classId, key)));
      await poll('some to be charged', () => (world.billing.posted.size >= charged ? true : undefined));
      await killed();
      service = await started();
      await rush;
    }
    const ends = await poll('every enrolment to settle', async () => {
      const lists = await Promise.all(racers.map(({ who }) => world.call(ListEnrolments, { accountId: who.accountId })));
      const all = lists.flatMap((list) => list.items);
      return all.some((e) => e.state === 'pending') ? undefined : all;
    }, 40_000);
    const confirmed = ends.filter((e) => e.state === 'confirmed');
    expect(new Set(confirmed.map((e) => e.chargeId))).toEqual(new Set(world.billing.posted.keys()));
    expect(new Set(confirmed.map((e) => e.learnerId)).size).toBe(confirmed.length);
    expect(await world.openPlaces(classId)).toBe(20 - confirmed.length);
    const late = await race(Array.from({ length: 30 }, () => () => world.enrol(world.learner(), classId)));
    expect(late.won).toHaveLength(20 - confirmed.length);
    expect(await world.openPlaces(classId)).toBe(0);
  }, 90_000);
});
