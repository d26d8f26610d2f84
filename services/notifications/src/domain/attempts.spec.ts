import { describe, expect, it } from '@jest/globals';
import { isDue, mailSchedule, nextAttemptAt, webhookSchedule } from './attempts.js';

const now = '2026-09-01T10:00:00.000Z';
const waitMs = (attempts: number, random: number, askedMs?: number): number | undefined => {
  const at = nextAttemptAt(webhookSchedule, attempts, { now, random, askedMs });
  return at === undefined ? undefined : Date.parse(at) - Date.parse(now);
};
const total = (schedule: readonly number[]): number => schedule.reduce((a, b) => a + b, 0);
const dayMs = 24 * 3_600_000;

describe('attempts', () => {
  it('PF-02 webhooks are retried over days, mails over two, both an end', () => {
    expect(total(webhookSchedule)).toBeGreaterThan(3 * dayMs);
    expect(total(webhookSchedule)).toBeLessThan(4 * dayMs);
    expect(total(mailSchedule)).toBeLessThan(2 * dayMs);
    expect(waitMs(webhookSchedule.length, 0.5)).toBe(dayMs);
    expect(waitMs(webhookSchedule.length + 1, 0.5)).toBeUndefined();
  });
  it('PF-02 waits are spread by a fifth to either side', () => {
    expect(waitMs(2, 0)).toBe(240_000);
    expect(waitMs(2, 0.5)).toBe(300_000);
    expect(waitMs(2, 0.999_999)).toBe(360_000);
    expect(() => waitMs(2, 1)).toThrow('[0, 1)');
  });
  it('PF-02 a receiver may ask for more patience, not for less, and not for ever', () => {
    expect(waitMs(1, 0.5, 60_000)).toBe(60_000);
    expect(waitMs(2, 0.5, 1_000)).toBe(300_000);
    expect(waitMs(1, 0.5, 365 * dayMs)).toBeLessThan(1.3 * dayMs);
    expect(waitMs(webhookSchedule.length + 1, 0.5, 1_000)).toBeUndefined();
  });
  it('is due at its time, a second early for clocks that differ, never when done', () => {
    expect(isDue({ attempts: 0, dueAt: now }, now)).toBe(true);
    expect(isDue({ attempts: 0, dueAt: '2026-09-01T10:00:01.000Z' }, now)).toBe(true);
    expect(isDue({ attempts: 0, dueAt: '2026-09-01T10:00:01.001Z' }, now)).toBe(false);
    expect(isDue({ attempts: 1 }, now)).toBe(false);
  });
});
