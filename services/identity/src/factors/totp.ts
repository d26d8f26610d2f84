import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const stepMs = 30_000;
const digits = 6;
/** Codes of the step before and after are accepted too: clocks of phones drift (RFC 6238 §5.2). */
const drift = [0, -1, 1];
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Bytes in base32 without padding. Source: RFC 4648 §6. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** A new secret for an authenticator app: 160 bits (RFC 4226 §4), in hex. */
export const newTotpSecret = (): string => randomBytes(20).toString('hex');

/** The code of a step: HMAC-SHA-1 truncated to six digits. Source: RFC 4226 §5.3. */
export function codeAt(secretHex: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', Buffer.from(secretHex, 'hex')).update(counter).digest();
  const offset = (mac[19] ?? 0) & 0x0f;
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 10 ** digits).padStart(digits, '0');
}

export const stepAt = (now: string): number => Math.floor(Date.parse(now) / stepMs);

/** The step whose code this is, near this moment; undefined when it is none. Every step is compared, whichever fits. */
export function stepOfCode(secretHex: string, code: string, now: string): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const given = Buffer.from(code);
  const fitting = drift.map((by) => stepAt(now) + by).filter((step) => timingSafeEqual(Buffer.from(codeAt(secretHex, step)), given));
  return fitting[0];
}

/** What an authenticator app scans. Source: Key Uri Format. */
export function otpauthUri(secretHex: string, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${base32(Buffer.from(secretHex, 'hex'))}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${digits}&period=${stepMs / 1_000}`;
}
