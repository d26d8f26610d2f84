import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { classAggregate, createClass, datesOf, offersSame, type ClassFact, type Programme } from './class.js';

const programme: Programme = {
  code: '129515', title: 'Painting', category: 'Arts', locationId: '7', locationName: 'Amesbury', weekdays: [1], startsAt: '09:45', endsAt: '11:15',
  firstDate: '2026-09-07', lastDate: '2026-09-21', minAgeMonths: 720, maxAgeMonths: null, fee: { amount: 3_750, currency: 'CAD' }, capacity: 12,
};
const created: ClassFact = { type: 'ClassCreated', ...programme, dates: ['2026-09-07', '2026-09-14', '2026-09-21'] };
const create = (over: Partial<Programme> = {}) => (state: Parameters<typeof createClass>[0]) => createClass(state, { ...programme, ...over });

describe('a class', () => {
  it('meets on its weekdays of the term, both ends included, with all places open', () => {
    const outcome = given(classAggregate).when(create());
    outcome.then(created);
    expect(outcome.state().seats).toEqual({ capacity: 12, places: [], makeups: [], absences: [] });
  });
  it('the same again changes nothing; another class with this code is refused', () => {
    given(classAggregate, created).when(create()).thenNothing();
    given(classAggregate, created).when(create({ capacity: 13 })).thenRejected('class.code-taken');
  });
  it('without a date there is no class', () => {
    given(classAggregate).when(create({ lastDate: '2026-09-06' })).thenRejected('class.not-open');
    given(classAggregate).when(create({ weekdays: [2], lastDate: '2026-09-07' })).thenRejected('class.not-open');
    given(classAggregate).when(create({ lastDate: '2036-09-07' })).thenRejected('class.not-open');
    expect(datesOf({ firstDate: '0001-01-01', lastDate: '9999-12-31', weekdays: [1] })).toEqual([]);
  });
  it('times and ages that run backwards are named', () => {
    const details = given(classAggregate).when(create({ startsAt: '11:15', maxAgeMonths: 719 })).thenRejected('request.invalid');
    expect(details['errors']).toMatchObject([{ pointer: '/endsAt' }, { pointer: '/maxAgeMonths' }]);
  });
  it('is the same only when every field is', () => {
    const state = given(classAggregate).when(create()).state();
    const others: readonly Partial<Programme>[] = [{ title: 'Drawing' }, { weekdays: [1, 2] }, { fee: { amount: 3_751, currency: 'CAD' } }, { fee: { amount: 3_750, currency: 'USD' } }, { capacity: 11 }, { maxAgeMonths: 900 }, { endsAt: '11:30' }, { lastDate: '2026-09-28' }];
    expect(offersSame(state, programme)).toBe(true);
    expect(others.filter((over) => offersSame(state, { ...programme, ...over }))).toEqual([]);
  });
});
