import { describe, expect, it } from '@jest/globals';
import { literalPrefix, patternOf } from './pattern.js';

describe('the text that every match of a pattern begins with', () => {
  it.each([
    ['^zoe', 'zoe'], ['^zoe\\+4@ex\\.org', 'zoe+4@ex.org'], ["^o\\'brien", "o'brien"], ['^élodie', 'élodie'], ['^ab*', 'a'], ['^a\\.?b', 'a'], ['^ab.c', 'ab'], ['^a\\d', 'a'], ['^a\\\\b', 'a\\b'],
  ])('of %s is %s', (pattern, text) => {
    expect(literalPrefix(patternOf(pattern))).toBe(text);
  });
  it.each(['zoe', '^a|b', '^(ab)', '.*', '^'])('of %s is none', (pattern) => {
    expect(literalPrefix(patternOf(pattern))).toBe('');
  });
  it('is none when case does not count', () => {
    expect(literalPrefix(patternOf('^ab', 'i'))).toBe('');
  });
});
