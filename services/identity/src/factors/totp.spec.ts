import { describe, expect, it } from '@jest/globals';
import { base32, codeAt, newTotpSecret, otpauthUri, stepAt, stepOfCode } from './totp.js';

const secret = Buffer.from('12345678901234567890').toString('hex');

describe('time-based codes', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i seconds the code is the one of RFC 6238, appendix B', (seconds, code) => {
    expect(codeAt(secret, stepAt(new Date(seconds * 1_000).toISOString()))).toBe(code);
  });
  it('the step before and after are accepted, no other', () => {
    const now = '2026-09-01T10:00:00.000Z';
    const step = stepAt(now);
    expect([-2, -1, 0, 1, 2].map((by) => stepOfCode(secret, codeAt(secret, step + by), now))).toEqual([undefined, step - 1, step, step + 1, undefined]);
    expect(stepOfCode(secret, '', now)).toBeUndefined();
    expect(stepOfCode(secret, '１２３４５６', now)).toBeUndefined();
  });
  it('secrets are 160 bits, written as authenticator apps read them', () => {
    expect(newTotpSecret()).toMatch(/^[0-9a-f]{40}$/);
    expect(base32(Buffer.from('foobar'))).toBe('MZXW6YTBOI');
    expect(otpauthUri(secret, 'Harbour Arts', 'ada@example.org')).toBe('otpauth://totp/Harbour%20Arts:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Harbour%20Arts&algorithm=SHA1&digits=6&period=30');
  });
});
