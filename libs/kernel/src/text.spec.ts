import { describe, expect, it } from '@jest/globals';
import { normalisedName } from './text.js';

describe('a sign-in name', () => {
  it.each([
    [' Ada@Example.ORG ', 'ada@example.org'],
    ['Ａｄａ', 'ada'],
    ['Jose\u0301', 'josé'],
    ['\u00a0ﬁona\u3000', 'fiona'],
  ])('%j has one spelling', (typed, spelling) => {
    expect(normalisedName(typed)).toBe(spelling);
  });
  it('one spelling is the same spelling again, for every character there is', () => {
    const unstable = [];
    for (let code = 0; code <= 0x10_ff_ff; code += 1) {
      if (code >= 0xd8_00 && code <= 0xdf_ff) continue;
      const once = normalisedName(`a${String.fromCodePoint(code)}b`);
      if (normalisedName(once) !== once) unstable.push(code.toString(16));
    }
    expect(unstable).toEqual([]);
  });
});
