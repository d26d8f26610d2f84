import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { create } from 'qrcode';
import { drawn } from './drawn-code.js';

describe('ID-25 a drawn code', () => {
  it('has the modules of the text, eight pixels each, with the quiet zone, in SVG and PNG', async () => {
    const text = 'opaque-token';
    const { svg, png } = await drawn(text);
    const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules;
    expect(svg).toContain(`viewBox="0 0 ${size + 8} ${size + 8}"`);
    const bytes = Buffer.from(png, 'base64');
    const side = (size + 8) * 8;
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes.readUInt8(24)]).toEqual([side, side, 1]);
    const at = bytes.indexOf('IDAT');
    const pixels = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
    const darkAt = (x: number, y: number): boolean => pixels[(y + 4) * 8 * (1 + size + 8) + 1 + x + 4] === 0;
    const read = Array.from({ length: size * size }, (_, n) => (darkAt(n % size, Math.floor(n / size)) ? 1 : 0));
    expect(read).toEqual([...data].map(Number));
    expect([darkAt(-1, 0), darkAt(0, -1), darkAt(size, size)]).toEqual([false, false, false]);
  });
});
