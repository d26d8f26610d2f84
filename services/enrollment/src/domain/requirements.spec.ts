import { describe, expect, it } from '@jest/globals';
import { clashOf, unmetAge, unmetRequirements, type Application } from './requirements.js';

const wanted = { title: 'Painting', dates: ['2026-09-08', '2026-09-15'], startsAt: '17:00', endsAt: '18:00', minAgeMonths: 72, maxAgeMonths: 144 };
const fine: Application = { learner: { accountEnabled: true, accountBooks: true, birthDate: '2017-05-20' }, wanted, others: [], now: '2026-08-01 12:00' };
const codes = (application: Partial<Application>): readonly string[] => unmetRequirements({ ...fine, ...application }).map((r) => `${r.type} ${r.code}`);

describe('EN-25 requirements', () => {
  it('nothing stands in the way of a learner who fits', () => {
    expect(unmetRequirements(fine)).toEqual([]);
  });
  it('no gate hides another', () => {
    const other = { ...wanted, title: 'Drawing' };
    expect(codes({ learner: { accountEnabled: false, accountBooks: true, birthDate: '2024-01-01' }, others: [other, other], now: '2026-10-01 12:00' })).toEqual([
      'account account.disabled', 'eligibility learner.too-young', 'schedule class.not-open', 'schedule learner.schedule-clash', 'schedule learner.schedule-clash',
    ]);
  });
  it('ID-28 an account of the provider books nothing', () => {
    expect(codes({ learner: { accountEnabled: true, accountBooks: false, birthDate: '2017-05-20' } })).toEqual(['account account.cannot-book']);
  });
  it("of somebody else's child nothing but that is said", () => {
    expect(codes({ learner: undefined, others: [wanted] })).toEqual(['profile learner.not-in-account']);
  });
  it('a class with an age limit asks for the date of birth, one without does not', () => {
    const unknown = { accountEnabled: true, accountBooks: true, birthDate: null };
    expect(codes({ learner: unknown })).toEqual(['profile learner.birth-date-missing']);
    expect(codes({ learner: unknown, wanted: { ...wanted, minAgeMonths: null, maxAgeMonths: null } })).toEqual([]);
    expect(codes({ learner: unknown, wanted: { ...wanted, minAgeMonths: null } })).toEqual(['profile learner.birth-date-missing']);
  });
  it('ages are completed months on the date, both limits included', () => {
    const limits = { minAgeMonths: 36, maxAgeMonths: 36 };
    const code = (birthDate: string) => unmetAge(limits, birthDate, '2026-09-08').map((r) => r.code);
    expect(code('2023-09-09')).toEqual(['learner.too-young']);
    expect(code('2023-09-08')).toEqual([]);
    expect(code('2023-08-09')).toEqual([]);
    expect(code('2023-08-08')).toEqual(['learner.too-old']);
  });
  it('age is taken on the first date of the class, even when it has begun', () => {
    expect(codes({ learner: { accountEnabled: true, accountBooks: true, birthDate: '2020-09-10' }, now: '2026-09-10 12:00' })).toEqual(['eligibility learner.too-young']);
  });
  it('a class is open until the end of its last session', () => {
    expect(codes({ now: '2026-09-15 17:59' })).toEqual([]);
    expect(codes({ now: '2026-09-15 18:00' })).toEqual(['schedule class.not-open']);
  });
  it('timetables clash on a common date with common time; back to back they do not', () => {
    expect(clashOf(wanted, { ...wanted, startsAt: '17:59', endsAt: '19:00' })).toBe('2026-09-08');
    expect(clashOf(wanted, { ...wanted, startsAt: '18:00', endsAt: '19:00' })).toBeUndefined();
    expect(clashOf(wanted, { ...wanted, startsAt: '16:00', endsAt: '17:00' })).toBeUndefined();
    expect(clashOf(wanted, { ...wanted, dates: ['2026-09-15'] })).toBe('2026-09-15');
    expect(clashOf(wanted, { ...wanted, dates: ['2026-09-16'] })).toBeUndefined();
  });
});
