import { describe, expect, it } from '@jest/globals';
import { plainJpeg, plainPng, plainWebp } from '../../test/images.js';
import { mediaTypeOf } from './media-type.js';

const zip = (...names: readonly string[]): Buffer => Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.from(names.join('\0'))]);

describe('what a file is, is found in its bytes', () => {
  it.each<[string | undefined, Buffer]>([
    ['image/jpeg', plainJpeg],
    ['image/png', plainPng()],
    ['image/webp', plainWebp()],
    ['application/pdf', Buffer.from('%PDF-1.7\n')],
    ['audio/mpeg', Buffer.from('494433040000', 'hex')],
    ['text/plain', Buffer.from('Čitaj note.\r\n')],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', zip('[Content_Types].xml', 'word/document.xml')],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', zip('[Content_Types].xml', 'xl/workbook.xml')],
    [undefined, zip('[Content_Types].xml', 'word/document.xml', 'word/vbaProject.bin')],
    [undefined, zip('virus.exe')],
    [undefined, Buffer.from('<html><script>alert(1)</script>')],
    [undefined, Buffer.from('  <svg xmlns="http://www.w3.org/2000/svg" onload="x"/>')],
    [undefined, Buffer.from('4d5a9000', 'hex')],
    [undefined, Buffer.from('MZ\0\0')],
    [undefined, Buffer.from([0xc3, 0x28])],
    [undefined, Buffer.alloc(0)],
  ])('%s', (type, bytes) => {
    expect(mediaTypeOf(bytes)).toBe(type);
  });
});
