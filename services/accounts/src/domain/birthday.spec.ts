import { describe, expect, it } from '@jest/globals';
import { readBirthday } from './birthday.js';

const outcome = (text: string) => {
  const read = readBirthday(text, '2026-11-22');
  return 'error' in read ? read.error.code : `${read.date}${read.warning ? ` ${read.warning.code}` : ''}`;
};

describe('birthday', () => {
  it.each([
    ['2011-06-19', '2011-06-19'],
    ['2011-6-9', '2011-06-09 birthday.rewritten'],
    ['24.02.2017', '2017-02-24 birthday.rewritten'],
    ['07.01.2018', '2018-01-07 birthday.rewritten'],
    ['12/21/2021', '2021-12-21 birthday.rewritten'],
    ['26/6/2022', '2022-06-26 birthday.rewritten'],
    ['11/11/2014', '2014-11-11 birthday.rewritten'],
    ['2026-11-22', '2026-11-22'],
    ['3/5/2013', 'birthday.ambiguous'],
    ['12/1/2013', 'birthday.ambiguous'],
    ['31/4/2013', 'birthday.impossible'],
    ['13/13/2013', 'birthday.impossible'],
    ['2015-02-30', 'birthday.impossible'],
    ['29.02.2015', 'birthday.impossible'],
    ['2026-11-23', 'birthday.in-future'],
    ['1899-01-01', 'birthday.impossible'],
    ['3/5/13', 'birthday.unreadable'],
    ['June 2013', 'birthday.unreadable'],
    ['2011-06-19T00:00', 'birthday.unreadable'],
  ])('SG-12 %s → %s', (text, expected) => expect(outcome(text)).toBe(expected));
});
