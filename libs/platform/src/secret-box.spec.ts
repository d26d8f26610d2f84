import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SecretBox } from './secret-box.js';

describe('secret box', () => {
  const box = new SecretBox(randomBytes(32).toString('base64'));
  const sealed = box.seal('whsec_c2VjcmV0', 'harbour/whe_1');
  it('opens what it sealed, and shows nothing of it', () => {
    expect(box.open(sealed, 'harbour/whe_1')).toBe('whsec_c2VjcmV0');
    expect(sealed).not.toContain('whsec');
    expect(box.seal('whsec_c2VjcmV0', 'harbour/whe_1')).not.toBe(sealed);
  });
  it('does not open for another owner, another key, or when changed', () => {
    expect(() => box.open(sealed, 'other/whe_1')).toThrow('unable to authenticate');
    expect(() => new SecretBox(randomBytes(32).toString('base64')).open(sealed, 'harbour/whe_1')).toThrow('unable to authenticate');
    expect(() => box.open(`${sealed.slice(0, -6)}AAAAAA`, 'harbour/whe_1')).toThrow('unable to authenticate');
  });
});
