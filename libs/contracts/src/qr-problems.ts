import { problem } from './problem-text.js';

export const qrProblems = {
  'qr.students-only': problem(422, 'Only students have a QR code', 'Choose a student, an independent person or an employee.'),
  'qr.unreadable': problem(404, 'This is no QR code of yours', 'Scan the code of a student of this provider.'),
  'qr.expired': problem(410, 'The QR code has expired', 'Open the code again; it changes every hour and is good for a day.'),
  'qr.revoked': problem(410, 'The QR code was revoked', 'Open the code again to see the new one.'),
} as const;
