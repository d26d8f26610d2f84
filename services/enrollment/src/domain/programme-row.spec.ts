import { describe, expect, it } from '@jest/globals';
import { readProgrammeRow, weeksForward, type ProgrammeRow } from './programme-row.js';

const rules = { currency: 'CAD', feePerSession: 1_250, capacity: 12, notBefore: '2026-01-01', locationNames: {} };
const row: ProgrammeRow = {
  'Course_ID': '151582', 'Location ID': '9', 'Location Name': 'Eglinton Flats', 'Activity Title': 'CampTO - Child', 'Days of The Week': 'Mon,Tue,Thu,Fri', 'From To': 'Jun-29-2026 to Jul-03-2026',
  'Start Hour': '9', 'Start Min': '0', 'End Hour': '16', 'End Min': '5', 'Min Age': '72', 'Max Age': '144', 'Program Category': 'Camps',
};
const read = (over: Partial<ProgrammeRow>, ruled: Partial<typeof rules> = {}) => readProgrammeRow({ ...row, ...over }, { ...rules, ...ruled });
const errors = (over: Partial<ProgrammeRow>): readonly string[] => read(over).errors.map((e) => `${e.column}: ${e.code}`);

describe('a row of the published file', () => {
  it('becomes a programme; the fee is per session', () => {
    expect(read({})).toEqual({
      programme: {
        code: '151582', title: 'CampTO - Child', category: 'Camps', locationId: '9', locationName: 'Eglinton Flats', weekdays: [1, 2, 4, 5], startsAt: '09:00', endsAt: '16:05',
        firstDate: '2026-06-29', lastDate: '2026-07-03', minAgeMonths: 72, maxAgeMonths: 144, fee: { amount: 5_000, currency: 'CAD' }, capacity: 12,
      },
      errors: [], warnings: [],
    });
  });
  it('None is no limit of age', () => {
    expect(read({ 'Max Age': 'None' }).programme).toMatchObject({ minAgeMonths: 72, maxAgeMonths: null });
  });
  it('a location without a name takes it from the rules, or is named by its number with a warning', () => {
    const named = read({ 'Location Name': '' }, { locationNames: { '9': 'The Flats' } });
    expect([named.programme?.locationName, named.warnings]).toEqual(['The Flats', []]);
    const numbered = read({ 'Location Name': ' ' });
    expect([numbered.programme?.locationName, numbered.warnings.map((w) => w.code)]).toEqual(['Location 9', ['location.name-missing']]);
  });
  it('a term that began too early moves forward by whole weeks, weekdays stay', () => {
    expect(read({}, { notBefore: '2026-07-01' }).programme).toMatchObject({ firstDate: '2026-07-06', lastDate: '2026-07-10' });
    expect(read({}, { notBefore: '2026-06-29' }).programme).toMatchObject({ firstDate: '2026-06-29' });
    expect([weeksForward('2026-06-29', '2026-06-30'), weeksForward('2026-06-29', '2026-07-06'), weeksForward('2026-06-29', '2026-07-07'), weeksForward('2026-06-29', '2020-01-01')]).toEqual([1, 1, 2, 0]);
  });
  it('every bad cell is named, all of them at once', () => {
    expect(errors({ 'Course_ID': '', 'Activity Title': 'x'.repeat(121), 'Days of The Week': 'Mon,Tues', 'From To': 'Jun-31-2026 to Jul-03-2026', 'Start Hour': '24', 'Min Age': 'six' })).toEqual([
      'Course_ID: field.missing', 'Activity Title: field.too-long', 'Days of The Week: field.invalid', 'Start Hour: field.not-a-number', 'Min Age: field.not-a-number', 'From To: field.not-a-date',
    ]);
    expect(errors({ 'Course_ID': 'a b' })).toEqual(['Course_ID: field.invalid']);
    expect(errors({ 'Days of The Week': '' })).toEqual(['Days of The Week: field.missing']);
  });
  it('what contradicts itself is named', () => {
    expect(errors({ 'End Hour': '9', 'End Min': '0' })).toEqual(['End Hour: class.ends-before-start']);
    expect(errors({ 'Max Age': '71' })).toEqual(['Max Age: class.ages-reversed']);
    expect(errors({ 'From To': 'Jul-03-2026 to Jun-29-2026' })).toEqual(['From To: class.ends-before-start']);
    expect(errors({ 'Days of The Week': 'Sun' })).toEqual(['From To: class.no-sessions']);
    expect(errors({ 'From To': 'Jul-03-2026' })).toEqual(['From To: field.not-a-date']);
  });
});
