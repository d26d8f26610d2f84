import { describe, expect, it } from '@jest/globals';
import { dateOf, hasCome, localMomentAt } from './local-time.js';

describe('local time', () => {
  it("is the provider's wall clock, summer and winter", () => {
    expect(localMomentAt('2026-09-08T20:59:59.000Z', 'America/Toronto')).toBe('2026-09-08 16:59');
    expect(localMomentAt('2026-12-08T04:59:59.000Z', 'America/Toronto')).toBe('2026-12-07 23:59');
    expect(localMomentAt('2026-12-08T05:00:00.000Z', 'America/Toronto')).toBe('2026-12-08 00:00');
    expect(dateOf(localMomentAt('2026-12-31T23:30:00.000Z', 'Europe/Warsaw'))).toBe('2027-01-01');
  });
  it('a session has begun at its very minute', () => {
    expect(hasCome('2026-09-08', '17:00', '2026-09-08 16:59')).toBe(false);
    expect(hasCome('2026-09-08', '17:00', '2026-09-08 17:00')).toBe(true);
  });
});
