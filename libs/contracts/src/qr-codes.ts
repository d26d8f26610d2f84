import { z } from 'zod';
import { AccountRole } from './access.js';
import { EventActor } from './envelope.js';
import { Id, Instant } from './fields.js';
import { command, event, query } from './kit.js';

const QrToken = z.string().min(20).max(600).regex(/^[\w-]+$/, 'a scanned token').meta({ description: 'Opaque; changes every hour, good for a day' });
export const QrCode = z.object({ token: QrToken, expiresAt: Instant, svg: z.string(), png: z.base64().meta({ description: 'PNG in base64; also at …/qr-code.png' }) }).meta({ id: 'QrCode' });

export const GetQrCode = query('accounts.getQrCode', {
  summary: 'The QR code of a student as it is this hour (ID-25)',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: QrCode,
  access: { who: 'user', may: 'qr.read', account: 'accountId', person: 'personId', flag: 'student.qrCodes' },
  rejects: ['resource.not-found', 'qr.students-only'],
});
export const RevokeQrCodes = command('accounts.revokeQrCodes', {
  summary: 'Make every QR code of a student so far worthless, as when a phone is lost',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: z.object({ revoked: z.literal(true) }),
  access: { who: 'user', may: 'qr.read', account: 'accountId', person: 'personId', flag: 'student.qrCodes' },
  rejects: ['resource.not-found', 'qr.students-only'],
});
export const ScanQrCode = command('accounts.scanQrCode', {
  summary: 'Check a student in by their QR code (ID-25)',
  request: z.strictObject({ token: QrToken }),
  reply: z.object({ id: Id, accountId: Id, personId: Id, name: z.string(), role: AccountRole, scannedAt: Instant }),
  access: { who: 'user', may: 'qr.scan', flag: 'student.qrCodes' },
  rejects: ['qr.unreadable', 'qr.expired', 'qr.revoked', 'resource.not-found'],
});

export const QrCodeScanned = event('accounts.qr_code.scanned.v1', { summary: 'A student was checked in by their QR code', data: z.object({ scanId: Id, accountId: Id, personId: Id, at: Instant, actor: EventActor }) });
export const QrCodesRevoked = event('accounts.qr_code.revoked.v1', { summary: 'Every QR code of a student so far was revoked', data: z.object({ accountId: Id, personId: Id, actor: EventActor }) });
