import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { isSigned, secretKey, sign } from './webhook-signature.js';

const bare = randomBytes(32).toString('base64');
const secret = `whsec_${bare}`;
const body = '{"type":"payment.succeeded"}';
const now = Date.parse('2026-05-20T12:00:00.000Z');
const headers = { id: 'msg_1', timestamp: String(now / 1_000) };
const signed = { ...headers, signature: sign(secret, headers, body) };

describe('webhook signatures (Standard Webhooks)', () => {
  it('are those of the reference library, with and without whsec_', () => {
    expect(signed.signature).toBe(new Webhook(secret).sign('msg_1', new Date(now), body));
    expect(sign(bare, headers, body)).toBe(signed.signature);
    expect(secretKey(secret)).toHaveLength(32);
  });
  it('fit the exact body, id and time, one of several signatures is enough', () => {
    expect(isSigned(secret, signed, body, now)).toBe(true);
    expect(isSigned(secret, { ...signed, signature: `v1,AAAA ${signed.signature}` }, body, now)).toBe(true);
  });
  it.each<[string, Partial<typeof signed>, string]>([
    ['another body', {}, '{"type":"payment.failed"}'],
    ['another id', { id: 'msg_2' }, body],
    ['another time', { timestamp: String(now / 1_000 + 1) }, body],
    ['no signature', { signature: '' }, body],
    ['a signature of another version', { signature: signed.signature.replace('v1,', 'v2,') }, body],
    ['a time that is no number', { timestamp: 'NaN' }, body],
  ])('refuse %s', (_what, over, sent) => expect(isSigned(secret, { ...signed, ...over }, sent, now)).toBe(false));
  it('refuse what was signed with another secret', () => expect(isSigned(`whsec_${randomBytes(32).toString('base64')}`, signed, body, now)).toBe(false));
  it('are good for five minutes to either side', () => {
    expect([-301, -299, 299, 301].map((s) => isSigned(secret, signed, body, now + s * 1_000))).toEqual([false, true, true, false]);
  });
});
