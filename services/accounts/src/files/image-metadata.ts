/** The bytes are no image that can be read to its end. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage';
}

/**
 * The image without what it says about itself: place, time, camera, author, previews, and whatever follows its end.
 * The pixels are not touched. Kept: colour profile, density, transparency, animation, and in a JPEG which way is up.
 * Throws UnreadableImage. Sources: JPEG ITU-T T.81 Annex B, Exif 2.32 §4.5, PNG 3rd edition §4.7, WebP container (RFC 9649).
 */
export function withoutMetadata(bytes: Buffer, mediaType: 'image/jpeg' | 'image/png' | 'image/webp'): Buffer {
  try {
    if (mediaType === 'image/jpeg') return strippedJpeg(bytes);
    return mediaType === 'image/png' ? strippedPng(bytes) : strippedWebp(bytes);
  } catch (error) {
    if (isBeyondEnd(error)) throw new UnreadableImage('it ends too early');
    throw error;
  }
}

/** A read past the last byte. */
const isBeyondEnd = (error: unknown): boolean => typeof error === 'object' && error !== null && 'code' in error && (error.code === 'ERR_OUT_OF_RANGE' || error.code === 'ERR_BUFFER_OUT_OF_BOUNDS');

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const app0 = 0xe0;
const app1 = 0xe1;
const app2 = 0xe2;
const app14 = 0xee;
const comment = 0xfe;

const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= startOfImage);

/** Application segments that are kept: JFIF, colour profile, Adobe's colour transform; all others, and comments, go. */
function isKept(marker: number, segment: Buffer): boolean {
  if (marker === app0) return segment.toString('latin1', 4, 8) === 'JFIF';
  if (marker === app2) return segment.toString('latin1', 4, 15) === 'ICC_PROFILE';
  if (marker === app14) return segment.toString('latin1', 4, 9) === 'Adobe';
  return marker !== comment && !(marker >= app0 && marker <= 0xef);
}

function strippedJpeg(bytes: Buffer): Buffer {
  const parts: Buffer[] = [bytes.subarray(0, 2)];
  let at = 2;
  let orientation = 1;
  for (;;) {
    if (bytes.readUInt8(at) !== 0xff) throw new UnreadableImage('a JPEG segment does not begin where it should');
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === endOfImage) break;
    const end = isAlone(marker) ? at + 2 : at + 2 + bytes.readUInt16BE(at + 2);
    const segment = bytes.subarray(at, end);
    if (marker === app1) orientation = orientationOf(segment) ?? orientation;
    if (isKept(marker, segment)) parts.push(segment);
    at = end;
    if (marker === startOfScan) {
      const scanned = endOfScan(bytes, at);
      parts.push(bytes.subarray(at, scanned));
      at = scanned;
    }
  }
  const turned = orientation === 1 ? [] : [orientationSegment(orientation)];
  const [start = Buffer.alloc(0), ...rest] = parts;
  // JFIF says it comes first
  const jfif = rest[0]?.readUInt8(1) === app0 ? rest.slice(0, 1) : [];
  return Buffer.concat([start, ...jfif, ...turned, ...rest.slice(jfif.length), Buffer.from([0xff, endOfImage])]);
}

/** Where the compressed data ends: at the next marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes.readUInt8(at + 1);
    if (next !== 0x00 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  throw new UnreadableImage('the JPEG has no end');
}

const orientationTag = 0x0112;

/** Which way is up, as the Exif segment says it (1 to 8); undefined when it does not. */
function orientationOf(segment: Buffer): number | undefined {
  if (segment.toString('latin1', 4, 10) !== 'Exif\0\0') return undefined;
  const tiff = segment.subarray(10);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number): number => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  try {
    const directory = u32(4);
    for (let entry = 0; entry < u16(directory); entry += 1) {
      const at = directory + 2 + entry * 12;
      const value = u16(at) === orientationTag ? u16(at + 8) : 0;
      if (value >= 1 && value <= 8) return value;
    }
  } catch (error) {
    // a broken Exif block says nothing; it goes anyway
    if (!isBeyondEnd(error)) throw error;
  }
  return undefined;
}

/** An Exif segment that says which way is up and nothing else. */
function orientationSegment(orientation: number): Buffer {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  const head = Buffer.from([0xff, app1, 0, 0, ...Buffer.from('Exif\0\0', 'latin1')]);
  head.writeUInt16BE(head.length - 2 + tiff.length, 2);
  return Buffer.concat([head, tiff]);
}

const pngKept: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'cICP', 'sBIT', 'bKGD', 'pHYs', 'acTL', 'fcTL', 'fdAT']);

function strippedPng(bytes: Buffer): Buffer {
  const parts: Buffer[] = [bytes.subarray(0, 8)];
  for (let at = 8; ;) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new UnreadableImage('a PNG chunk ends too late');
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (pngKept.has(type)) parts.push(bytes.subarray(at, end));
    if (type === 'IEND') return Buffer.concat(parts);
    at = end;
  }
}

const webpKept: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
/** Bits of VP8X that announce Exif and XMP. */
const webpMetadataBits = 0x0c;

function strippedWebp(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  const last = Math.min(bytes.length, 8 + bytes.readUInt32LE(4));
  for (let at = 12; at + 8 <= last;) {
    const size = bytes.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    if (at + 8 + size > last) throw new UnreadableImage('a WebP chunk ends too late');
    const type = bytes.toString('latin1', at, at + 4);
    if (webpKept.has(type)) {
      const chunk = Buffer.from(bytes.subarray(at, end));
      if (type === 'VP8X') chunk.writeUInt8(chunk.readUInt8(8) & ~webpMetadataBits, 8);
      parts.push(chunk);
    }
    at = end;
  }
  if (parts.length === 0) throw new UnreadableImage('the WebP is empty');
  const body = Buffer.concat(parts);
  const head = Buffer.from(bytes.subarray(0, 12));
  head.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([head, body]);
}
