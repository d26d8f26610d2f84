import { expect, it } from '@jest/globals';
import { ageing, ageingBuckets } from './ageing.js';
import { cad } from '../../test/moment.js';

it('a charge is overdue from the day after it is due, and moves on after 30, 60 and 90 days', () => {
  const bucketOf = (dueDate: string) => ageingBuckets.find((b) => ageing([{ dueDate, outstanding: cad(1) }], '2026-06-30', 'CAD')[b].amount === 1);
  expect(['2026-06-30', '2026-06-29', '2026-05-31', '2026-05-30', '2026-05-01', '2026-04-30', '2026-04-01', '2026-03-31'].map(bucketOf)).toEqual(['current', 'days1to30', 'days1to30', 'days31to60', 'days31to60', 'days61to90', 'days61to90', 'over90']);
});
