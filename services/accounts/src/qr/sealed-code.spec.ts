import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { seal, unseal } from './sealed-code.js';

const key = randomBytes(32);
const claims = { accountId: 'acc_1', personId: 'per_1', generation: 3, expiresAt: '2026-08-02T17:00:00.000Z' };

describe('ID-25 a sealed code', () => {
  it('opens to what was sealed, and says nothing by itself', () => {
    const token = seal(key, 'harbour', claims);
    expect(unseal(key, 'harbour', token)).toEqual(claims);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('per_1');
    expect(seal(key, 'harbour', claims)).not.toBe(token);
  });
  it('does not open for another provider, with another key, changed anywhere, or made up', () => {
    const token = seal(key, 'harbour', claims);
    const bytes = Buffer.from(token, 'base64url');
    expect(unseal(key, 'hilltop', token)).toBeUndefined();
    expect(unseal(randomBytes(32), 'harbour', token)).toBeUndefined();
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(unseal(key, 'harbour', changed.toString('base64url'))).toBeUndefined();
    }
    for (const text of ['', 'abc', bytes.subarray(0, 20).toString('base64url'), randomBytes(90).toString('base64url')]) expect(unseal(key, 'harbour', text)).toBeUndefined();
  });
});
