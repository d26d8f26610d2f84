import { problem } from './problem-text.js';

export const filesProblems = {
  'file.too-large': problem(413, 'The file is too large', 'Send at most {maxBytes} bytes.'),
  'file.type-not-allowed': problem(422, 'This kind of file is not taken', 'Send one of these: {allowed}. What counts is what is in the file, not its name.'),
  'file.unreadable': problem(422, 'The image cannot be read', 'It is damaged or ends too early. Save it again and send it under a new file.'),
  'file.infected': problem(422, 'The file is infected', 'The virus scan found {virus}. Nothing was kept.'),
  'file.empty': problem(422, 'The file is empty', 'Send the bytes of the file as the body.'),
  'file.incomplete': problem(409, 'The file did not arrive whole', 'Send it again.'),
  'file.already-complete': problem(409, 'This file is complete', 'It has other bytes than these. Open a new file for them.'),
  'file.upload-expired': problem(410, 'The upload took too long', 'Open a new file; its bytes are taken for a day.'),
  'file.too-many': problem(409, 'Too many files', 'At most {max} files are kept here. Remove one first.'),
} as const;
