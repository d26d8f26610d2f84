import { deflateSync, crc32 } from 'node:zlib';

const segment = (marker: number, body: Buffer): Buffer => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
};

/** A grey JPEG of one pixel, as an encoder writes it: JFIF, tables, one scan. */
export const plainJpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=',
  'base64',
);

/** An Exif block as a phone writes it: which way is up, the maker, and where the picture was taken (44° 0' 0" N). */
export function exifWithGps(orientation = 6): Buffer {
  const tiff = Buffer.alloc(110);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(3, 8);
  const entry = (at: number, tag: number, [type, count, value]: readonly [number, number, number]): void => {
    tiff.writeUInt16BE(tag, at);
    tiff.writeUInt16BE(type, at + 2);
    tiff.writeUInt32BE(count, at + 4);
    if (type === 3) tiff.writeUInt16BE(value, at + 8);
    else tiff.writeUInt32BE(value, at + 8);
  };
  entry(10, 0x010f, [2, 8, 50]);
  entry(22, 0x0112, [3, 1, orientation]);
  entry(34, 0x8825, [4, 1, 58]);
  tiff.write('SpyPhone', 50, 'latin1');
  tiff.writeUInt16BE(2, 58);
  entry(60, 1, [2, 2, 0x4e00_0000]);
  entry(72, 2, [5, 3, 86]);
  for (const [n, value] of [44, 1, 0, 1, 0, 1].entries()) tiff.writeUInt32BE(value, 86 + n * 4);
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
}

/** The same JPEG as a phone sends it: place, maker, a comment, XMP, and a second picture behind the end. */
export function phoneJpeg(orientation = 6): Buffer {
  const afterJfif = 2 + 18;
  return Buffer.concat([
    plainJpeg.subarray(0, afterJfif),
    segment(0xe1, exifWithGps(orientation)),
    segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>SECRET-XMP</x:xmpmeta>', 'latin1')),
    segment(0xed, Buffer.from('Photoshop 3.0\0SECRET-IPTC', 'latin1')),
    segment(0xfe, Buffer.from('SECRET-COMMENT')),
    plainJpeg.subarray(afterJfif),
    Buffer.from('SECRET-TRAILER'),
  ]);
}

const chunk = (type: string, body: Buffer): Buffer => {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
};

const pngParts = (): readonly Buffer[] => [Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', Buffer.from('00000001000000010800000000', 'hex')), chunk('IDAT', deflateSync(Buffer.from([0, 128]))), chunk('IEND', Buffer.alloc(0))];
/** A grey PNG of one pixel. */
export const plainPng = (): Buffer => Buffer.concat(pngParts());
/** The same with texts, a time, an Exif block, and something behind the end. */
export function tellingPng(): Buffer {
  const [signature = Buffer.alloc(0), header = Buffer.alloc(0), data = Buffer.alloc(0), end = Buffer.alloc(0)] = pngParts();
  return Buffer.concat([signature, header, chunk('tEXt', Buffer.from('Author\0SECRET')), chunk('eXIf', exifWithGps().subarray(6)), chunk('iTXt', Buffer.from('XML:com.adobe.xmp\0\0\0\0\0SECRET')), data, end, Buffer.from('SECRET')]);
}

const riff = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.write(type, 0, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};
const webp = (...chunks: readonly Buffer[]): Buffer => riff('RIFF', Buffer.concat([Buffer.from('WEBP', 'latin1'), ...chunks]));
const pixels = riff('VP8L', Buffer.from('2f00000010072c4ef9', 'hex'));
const extended = (flags: number): Buffer => riff('VP8X', Buffer.from([flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
/** A WebP of one pixel, in the extended container. */
export const plainWebp = (): Buffer => webp(extended(0x10), pixels);
/** The same with Exif and XMP. */
export const tellingWebp = (): Buffer => webp(extended(0x1c), pixels, riff('EXIF', exifWithGps()), riff('XMP ', Buffer.from('<SECRET/>')));
