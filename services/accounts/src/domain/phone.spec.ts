import { describe, expect, it } from '@jest/globals';
import { homeCountry, readPhone, type ReadPhone } from './phone.js';

const e164 = (phone: string): ReadPhone => ({ kind: 'e164', phone });
const asTyped = (phone: string): ReadPhone => ({ kind: 'as-typed', phone });

describe('phone', () => {
  it.each<[string, string | undefined, ReadPhone]>([
    ['+1 239 288 7104', undefined, e164('+12392887104')],
    ['+44 20 7708 8137', 'PL', e164('+442077088137')],
    ['+44 (0)20 7708 8137', undefined, e164('+442077088137')],
    ['0044 20 7708 8137', undefined, e164('+442077088137')],
    ['630.347.8858', 'US', e164('+16303478858')],
    ['(697) 803-2987', 'CA', e164('+16978032987')],
    ['1-416-655-0134', 'CA', e164('+14166550134')],
    ['416 655 0134', 'PL', asTyped('416 655 0134')],
    ['416 655 0134', undefined, asTyped('416 655 0134')],
    ['116 655 0134', 'CA', asTyped('116 655 0134')],
    ['416 655 0134 x12', 'CA', asTyped('416 655 0134 x12')],
    ['020 7708 8137', 'GB', e164('+442077088137')],
    ['512 345 678', 'PL', e164('+48512345678')],
    ['+0 123 456 789', 'CA', asTyped('+0 123 456 789')],
    ['call me', 'CA', { kind: 'none' }],
    ['1234', 'CA', { kind: 'none' }],
    ['1'.repeat(41), 'CA', { kind: 'none' }],
  ])('ID-22 %j with an address in %s', (text, country, read) => expect(readPhone(text, country)).toEqual(read));

  it('takes the country from the currency only where there is one', () => {
    expect(homeCountry('CAD')).toBe('CA');
    expect(homeCountry('EUR')).toBeUndefined();
  });
});
