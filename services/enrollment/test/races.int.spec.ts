import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newKey } from '@matricula/testing';
import type { RunningService } from '@matricula/platform';
import { race, World } from './fixtures.js';

let world: World;
let services: RunningService[];
beforeAll(async () => {
  const opened = await World.open();
  world = opened.world;
  // two replicas share the work: what holds must hold across processes
  services = [opened.service, await world.openService()];
}, 60_000);
afterAll(async () => {
  await Promise.all((services ?? []).map((s) => s.close()));
  await world?.close();
});

describe('races', () => {
  it('SG-02 forty racers for the last seat: exactly one is enrolled and charged', async () => {
    const { id } = await world.class({ capacity: 1 });
    const charged = world.billing.posted.size;
    const { won, codes } = await race(Array.from({ length: 40 }, () => () => world.enrol(world.learner(), id)));
    expect((await Promise.all(won.map((e) => world.settled(e)))).map((e) => e.state)).toEqual(['confirmed']);
    expect(codes).toEqual({ 'class.full': 39 });
    expect(world.billing.posted.size - charged).toBe(1);
    expect(await world.openPlaces(id)).toBe(0);
  }, 30_000);
  it('SG-02 forty racers for twelve seats: exactly twelve', async () => {
    const { id } = await world.class({ capacity: 12 });
    const charged = world.billing.posted.size;
    const { won, codes } = await race(Array.from({ length: 40 }, () => () => world.enrol(world.learner(), id)));
    expect((await Promise.all(won.map((e) => world.settled(e)))).map((e) => e.state)).toEqual(Array.from({ length: 12 }, () => 'confirmed'));
    expect(codes).toEqual({ 'class.full': 28 });
    expect(world.billing.posted.size - charged).toBe(12);
  }, 30_000);
  it('EN-02 the same learner and class ten times at once: one enrolment, one charge', async () => {
    const { id } = await world.class();
    const who = world.learner();
    const charged = world.billing.posted.size;
    const { won, codes } = await race(Array.from({ length: 10 }, () => () => world.enrol(who, id)));
    expect(won).toHaveLength(1);
    expect(codes).toEqual({ 'enrollment.already-enrolled': 9 });
    expect(world.billing.posted.size - charged).toBe(1);
    expect(await world.openPlaces(id)).toBe(4);
  });
  it('one idempotency key sent twenty times at once: one enrolment', async () => {
    const { id } = await world.class();
    const who = world.learner();
    const key = newKey();
    const { won, codes } = await race(Array.from({ length: 20 }, () => () => world.enrol(who, id, key)));
    expect(new Set(won.map((e) => e.id)).size).toBe(1);
    expect(Object.keys(codes).filter((code) => code !== 'idempotency.in-progress')).toEqual([]);
    expect((await world.enrol(who, id, key)).state).toBe('confirmed');
  });
  it('two classes at the same time asked for at once: at most one', async () => {
    const [a, b] = await Promise.all([world.class(), world.class()]);
    const who = world.learner();
    const { won } = await race([() => world.enrol(who, a.id), () => world.enrol(who, b.id)]);
    expect(won.length).toBeLessThanOrEqual(1);
    expect((await world.openPlaces(a.id)) + (await world.openPlaces(b.id))).toBe(10 - won.length);
  });
  it('EN-13 a hundred tokens for one place: exactly one is used, the others stay available', async () => {
    const source = await world.slot(1, { capacity: 100 });
    const target = await world.slot(2, { capacity: 1 });
    const holders = await Promise.all(Array.from({ length: 100 }, () => world.tokenHolder(source.id, '2026-09-08')));
    const { won, codes } = await race(holders.map((h) => () => world.redeem(h, target.id, '2026-09-09')));
    expect(won.map((t) => t.state)).toEqual(['pending']);
    expect(codes).toEqual({ 'class.full': 99 });
    expect(await world.openOn(target.id, '2026-09-09')).toBe(0);
    const phases = (await Promise.all(holders.map((h) => world.tokens(h.accountId)))).flat().map((t) => t.state);
    expect([phases.filter((p) => p === 'available').length, phases.filter((p) => p === 'pending').length]).toEqual([99, 1]);
  }, 60_000);
  it('EN-13 the same token twenty times at once: exactly one succeeds', async () => {
    const [source, target] = [await world.slot(3), await world.slot(4)];
    const holder = await world.tokenHolder(source.id, '2026-09-10');
    const { won, codes } = await race(Array.from({ length: 20 }, (_, i) => () => world.redeem(holder, target.id, i % 2 === 0 ? '2026-09-11' : '2026-09-18')));
    expect(won).toHaveLength(1);
    expect(codes).toEqual({ 'makeup.token-unavailable': 19 });
    expect(((await world.openOn(target.id, '2026-09-11')) ?? 0) + ((await world.openOn(target.id, '2026-09-18')) ?? 0)).toBe(9);
  });
  it('EN-12 absent twenty times at once: one absence, one token', async () => {
    const source = await world.slot(5);
    const who = world.learner();
    const enrolment = await world.enrol(who, source.id);
    const { won } = await race(Array.from({ length: 20 }, () => () => world.report(who.accountId, enrolment.id, '2026-09-14')));
    expect(won).toHaveLength(20);
    expect(new Set(won.map((a) => `${a.id} ${a.makeupTokenId}`)).size).toBe(1);
    expect(await world.tokens(who.accountId)).toHaveLength(1);
    expect(await world.openOn(source.id, '2026-09-14')).toBe(5);
  });
});
