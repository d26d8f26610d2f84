import { describe, expect, it } from '@jest/globals';
import { delayAfter } from './due-work.js';

describe('work that cannot be finished', () => {
  it('is tried again after twice as long each time, at most five minutes', () => {
    expect([1, 2, 3, 8, 9, 10, 1_000].map(delayAfter)).toEqual([1_000, 2_000, 4_000, 128_000, 256_000, 300_000, 300_000]);
  });
});
