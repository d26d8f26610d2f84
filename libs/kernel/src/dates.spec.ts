import { describe, expect, it } from '@jest/globals';
import { addDays, ageInMonths, datesOn, isLocalDate, isPast, localDateAt, weekdayOf } from './dates.js';

describe('dates', () => {
  it('accepts real calendar dates only', () => {
    expect(isLocalDate('2024-02-29')).toBe(true);
    expect(isLocalDate('2026-02-29')).toBe(false);
    expect(isLocalDate('26-02-01')).toBe(false);
  });
  it('lists the Mondays of a term, both ends included', () => {
    expect(datesOn('2026-04-13', '2026-05-04', [1])).toEqual(['2026-04-13', '2026-04-20', '2026-04-27', '2026-05-04']);
    expect(weekdayOf('2026-04-13')).toBe(1);
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });
  it('counts completed months of age', () => {
    expect(ageInMonths('2020-06-15', '2026-06-14')).toBe(71);
    expect(ageInMonths('2020-06-15', '2026-06-15')).toBe(72);
  });
  it('knows the local date of an instant across zones', () => {
    expect(localDateAt('2026-11-22T02:00:00.000Z', 'America/Toronto')).toBe('2026-11-21');
    expect(localDateAt('2026-11-22T02:00:00.000Z', 'Europe/Warsaw')).toBe('2026-11-22');
  });
  it('a deadline is past at the very instant', () => {
    expect(isPast('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')).toBe(true);
    expect(isPast('2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.000Z')).toBe(false);
  });
});
