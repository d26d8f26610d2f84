import { describe, expect, it } from '@jest/globals';
import { contactKeysOf, findable, found, nameKeysOf, searchTerm } from './search-keys.js';

const zoe = { firstName: 'Zoë Ann', lastName: 'Łukasiewicz-Čapek', email: 'Zoe.L@Example.org', phone: '+14166550134' };
const finds = (typed: string): boolean => found(findable(zoe).searchKeys, searchTerm(typed));

describe('what a person is found by', () => {
  it.each(['zoe', 'ZOË', 'luka', 'Lukasiewicz-Capek', 'capek', 'ann', 'zoe ann luk', 'Łukasiewicz-Čapek, Zoë', 'zoe.l@exam', '4166', '+1 (416) 655', '1416655'])('ID-39 %s finds her', (typed) => {
    expect(finds(typed)).toBe(true);
  });
  it.each(['oë', 'kasi', 'example.org', '0134', 'zoe luk'])('ID-39 %s is no beginning of anything of hers', (typed) => {
    expect(finds(typed)).toBe(false);
  });
  it('ID-39 numbers are found as they are dialled at home, and from abroad', () => {
    const keys = contactKeysOf([], ['+442077088137', '+48601234567', '+353861234567', '555-0199']);
    expect(['020 7708', '+44 20 77', '0044 2077', '601 234', '086 123', '555 01'].map((typed) => found(keys, searchTerm(typed)))).toEqual([true, true, true, true, true, true]);
  });
  it('sorts by last name', () => {
    expect(findable(zoe).sortName).toBe('lukasiewicz-capek zoe ann');
  });
  it('keys are few and short, whatever the name', () => {
    const long = nameKeysOf({ firstName: 'a '.repeat(60), lastName: 'b'.repeat(120) });
    expect(long.length).toBeLessThan(12);
    expect(Math.max(...long.map((key) => key.length))).toBeLessThanOrEqual(60);
  });
});
