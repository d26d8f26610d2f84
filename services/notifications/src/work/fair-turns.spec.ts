import { describe, expect, it } from '@jest/globals';
import { FairTurns } from './fair-turns.js';

/** Work that ends when the test says so. */
function bench(limits: { total: number; perTenant: number; waiting: number }) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const turns = new FairTurns(limits, (tenantId, id) => {
    begun.push(`${tenantId}/${id}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(`${tenantId}/${id}`, resolve);
    return promise;
  });
  const finish = async (work: string): Promise<void> => {
    ends.get(work)?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  return { begun, turns, finish };
}

describe('fair turns', () => {
  it('PF-03 one busy tenant does not starve another', async () => {
    const { begun, turns, finish } = bench({ total: 2, perTenant: 2, waiting: 10_000 });
    for (let n = 0; n < 10_000; n += 1) turns.offer('busy', String(n));
    turns.offer('quiet', 'only');
    expect(begun).toEqual(['busy/0', 'busy/1']);
    await finish('busy/0');
    expect(begun.slice(2)).toEqual(['busy/2']);
    await finish('busy/1');
    expect(begun.slice(3)).toEqual(['quiet/only']);
  });
  it('a tenant whose receivers are slow holds its own places only', () => {
    const { begun, turns } = bench({ total: 10, perTenant: 3, waiting: 100 });
    for (let n = 0; n < 50; n += 1) turns.offer('slow', String(n));
    turns.offer('other', 'a');
    expect(begun).toEqual(['slow/0', 'slow/1', 'slow/2', 'other/a']);
  });
  it('takes each piece once and no more than fits', async () => {
    const { begun, turns, finish } = bench({ total: 1, perTenant: 1, waiting: 2 });
    expect(turns.offer('t', '1')).toBe(true);
    expect(turns.offer('t', '1')).toBe(false);
    expect([turns.offer('t', '2'), turns.offer('t', '2'), turns.offer('t', '3'), turns.offer('t', '4')]).toEqual([true, true, true, false]);
    await finish('t/1');
    await finish('t/2');
    await finish('t/3');
    expect(begun).toEqual(['t/1', 't/2', 't/3']);
  });
  it('stops: nothing more begins, what has begun is waited for', async () => {
    const { begun, turns, finish } = bench({ total: 1, perTenant: 1, waiting: 10 });
    turns.offer('t', '1');
    turns.offer('t', '2');
    let stopped = false;
    const stopping = turns.stop().then(() => {
      stopped = true;
    });
    expect(turns.offer('t', '3')).toBe(false);
    expect(stopped).toBe(false);
    await finish('t/1');
    await stopping;
    expect(begun).toEqual(['t/1']);
  });
});
