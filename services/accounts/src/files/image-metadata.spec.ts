import { describe, expect, it } from '@jest/globals';
import { exifWithGps, phoneJpeg, plainJpeg, plainPng, plainWebp, tellingPng, tellingWebp } from '../../test/images.js';
import { UnreadableImage, withoutMetadata } from './image-metadata.js';

const gps = exifWithGps().subarray(64, 90);

describe('an image is kept without what it says about itself', () => {
  it('a JPEG loses place, maker, XMP, IPTC, comment and what follows its end; which way is up stays', () => {
    const sent = phoneJpeg(6);
    expect([sent.includes(gps), sent.includes('SpyPhone')]).toEqual([true, true]);
    const kept = withoutMetadata(sent, 'image/jpeg');
    expect(kept.includes('SECRET') || kept.includes('SpyPhone') || kept.includes(gps)).toBe(false);
    // 36 bytes: an Exif block of one entry
    expect(kept.length).toBe(plainJpeg.length + 36);
    const exif = kept.indexOf('Exif');
    expect(exif).toBe(24);
    expect(kept.readUInt16BE(exif + 6 + 18)).toBe(6);
    // seen again it is the same
    expect(withoutMetadata(kept, 'image/jpeg')).toEqual(kept);
  });
  it('a JPEG that is the right way up is exactly its pixels and tables', () => {
    expect(withoutMetadata(phoneJpeg(1), 'image/jpeg')).toEqual(plainJpeg);
    expect(withoutMetadata(plainJpeg, 'image/jpeg')).toEqual(plainJpeg);
  });
  it('a PNG keeps its pixels only', () => {
    expect(withoutMetadata(tellingPng(), 'image/png')).toEqual(plainPng());
  });
  it('a WebP keeps its pixels only, and no longer announces what is gone', () => {
    expect(withoutMetadata(tellingWebp(), 'image/webp')).toEqual(plainWebp());
  });
  it.each([['image/jpeg', phoneJpeg()], ['image/png', tellingPng()], ['image/webp', tellingWebp()]] as const)('a %s that was cut off anywhere before its pixels end is unreadable, never half kept', (type, whole) => {
    const cut = whole.subarray(0, Math.floor(whole.length / 3));
    expect(() => withoutMetadata(cut, type)).toThrow(UnreadableImage);
  });
});
