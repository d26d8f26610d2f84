import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './webhook-post.adapter.js';

describe('Retry-After', () => {
  const now = Date.parse('2026-09-01T10:00:00.000Z');
  it('is seconds or a date, and nothing else', () => {
    expect(retryAfterMs('120', now)).toBe(120_000);
    expect(retryAfterMs('Tue, 01 Sep 2026 10:01:00 GMT', now)).toBe(60_000);
    expect(retryAfterMs('Tue, 01 Sep 2026 09:00:00 GMT', now)).toBeUndefined();
    expect(retryAfterMs('soon', now)).toBeUndefined();
    expect(retryAfterMs(undefined, now)).toBeUndefined();
  });
});
