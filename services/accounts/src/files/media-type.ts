/** A kind of content that is taken in; what a file says of itself, by name or header, is never asked. */
export type MediaType = (typeof images)[number] | (typeof documents)[number];

export const images = ['image/jpeg', 'image/png', 'image/webp'] as const;
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
export const documents = ['application/pdf', 'audio/mpeg', 'text/plain', docx, xlsx] as const;

const startsWith = (bytes: Buffer, hex: string, at = 0): boolean => bytes.subarray(at, at + hex.length / 2).toString('hex') === hex;

/** An Office document without macros; other archives are not taken in. */
function officeType(bytes: Buffer): MediaType | undefined {
  if (!bytes.includes('[Content_Types].xml') || bytes.includes('vbaProject.bin')) return undefined;
  if (bytes.includes('word/document.xml')) return docx;
  return bytes.includes('xl/workbook.xml') ? xlsx : undefined;
}

function isText(bytes: Buffer): boolean {
  if (bytes.length === 0) return false;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return !/^\s*<|[^\P{Cc}\t\n\f\r]/u.test(text.slice(0, 4_096)) && !text.includes('\0');
  } catch {
    return false;
  }
}

/**
 * What these bytes are, of the kinds that are taken in; undefined when they are none of them.
 * Sources: WHATWG MIME Sniffing §6 (signatures), ISO/IEC 11172-3 (MPEG audio frame sync), ID3v2, OPC (Office archives).
 */
export function mediaTypeOf(bytes: Buffer): MediaType | undefined {
  if (startsWith(bytes, 'ffd8ff')) return 'image/jpeg';
  if (startsWith(bytes, '89504e470d0a1a0a')) return 'image/png';
  if (startsWith(bytes, '52494646') && startsWith(bytes, '57454250', 8)) return 'image/webp';
  if (startsWith(bytes, '255044462d')) return 'application/pdf';
  if (startsWith(bytes, '494433') || startsWith(bytes, 'fffb') || startsWith(bytes, 'fff3') || startsWith(bytes, 'fff2')) return 'audio/mpeg';
  if (startsWith(bytes, '504b0304')) return officeType(bytes);
  return isText(bytes) ? 'text/plain' : undefined;
}
