import { describe, expect, it } from '@jest/globals';
import { clientStatus } from './client-status.js';

describe('where a client stands', () => {
  it('ID-38 a prospect has bought nothing, a live one lately, a dormant one not for half a year', () => {
    expect(clientStatus(undefined, '2026-06-01T00:00:00.000Z')).toBe('prospect');
    expect(clientStatus('2026-01-01T00:00:00.000Z', '2026-06-29T23:59:59.999Z')).toBe('live');
    expect(clientStatus('2026-01-01T00:00:00.000Z', '2026-06-30T00:00:00.000Z')).toBe('dormant');
  });
});
