import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { fold } from '@matricula/kernel';
import { giveNumber, numberSeries, type NumberGiven } from './number-series.js';
import { noteProvider, prefixOf, provider } from './provider.js';

const given3 = (...dates: readonly string[]): readonly string[] => {
  const facts: NumberGiven[] = [];
  dates.forEach((issueDate, i) => facts.push(...giveNumber(fold(numberSeries, undefined, facts), { invoiceId: `inv_${i}`, prefix: i === 0 ? 'HAS' : 'OTHER', issueDate })));
  return facts.map((f) => f.number);
};

describe('invoice numbers', () => {
  it('count without gaps, each year from 1, under the prefix of the first', () => {
    expect(given3('2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02')).toEqual(['HAS-2026-000001', 'HAS-2026-000002', 'HAS-2027-000001', 'HAS-2027-000002']);
  });
  it('a late issue goes on in the year of its date', () => {
    expect(given3('2026-12-31', '2027-01-01', '2026-12-31')).toEqual(['HAS-2026-000001', 'HAS-2027-000001', 'HAS-2026-000002']);
  });
  it('begin with the initials of the provider, or its slug', () => {
    expect(prefixOf('harbour', 'Harbour Arts & Sports')).toBe('HAS');
    expect(prefixOf('ecole', 'École du Fleuve')).toBe('EDF');
    expect(prefixOf('solo', 'Solo')).toBe('SOLO');
    expect(prefixOf('north-york', '東京')).toBe('NORTH-YORK');
  });
  it('a provider is noted once and again when it changed', () => {
    const noted = { slug: 'harbour', name: 'Harbour Arts & Sports', timeZone: 'America/Toronto' };
    given(provider).when((p) => noteProvider(p, noted)).then({ type: 'ProviderNoted', timeZone: 'America/Toronto', prefix: 'HAS' });
    given(provider, { type: 'ProviderNoted', timeZone: 'America/Toronto', prefix: 'HAS' }).when((p) => noteProvider(p, noted)).thenNothing();
    given(provider, { type: 'ProviderNoted', timeZone: 'UTC', prefix: 'HAS' }).when((p) => noteProvider(p, noted)).thenTypes('ProviderNoted');
  });
});
