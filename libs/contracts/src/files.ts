import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, Instant, page, paging } from './fields.js';
import { command, event, query } from './kit.js';

/** A file's name as people gave it: shown and offered for saving, never a path. */
export const FileName = z.string().trim().min(1).max(200).regex(/^[^\p{Cc}/\\]*$/u, 'no slashes and no control characters').meta({ id: 'FileName' });
export const FileVisibility = z.enum(['staff', 'account', 'person']).meta({ id: 'FileVisibility', description: 'staff: nobody else; account: who may see the account\'s attachments; person: of children and employees only the one it is about' });
export const StoredFile = z
  .object({
    id: Id,
    use: z.enum(['attachment', 'profile_image', 'field_image', 'logo']),
    accountId: Id.nullable(),
    personId: Id.nullable(),
    field: z.string().nullable().meta({ description: 'The custom field that shows it' }),
    name: z.string(),
    visibility: FileVisibility,
    status: z.enum(['receiving', 'ready', 'refused', 'removed']).meta({ description: 'receiving: send the bytes to /v1/files/{id}/content' }),
    maxBytes: z.int(),
    mediaType: z.string().nullable().meta({ description: 'What the bytes are; null until they are there' }),
    size: z.int().nullable(),
    sha256: z.string().nullable().meta({ description: 'Of what is kept: metadata is taken out of images' }),
    scan: z.enum(['clean', 'not_scanned']).nullable().meta({ description: 'not_scanned: this installation has no virus scanner' }),
    uploadedBy: z.string(),
    openedAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'StoredFile' });
export type StoredFile = z.infer<typeof StoredFile>;

export const AddAttachment = command('accounts.addAttachment', {
  summary: 'Open an attachment of an account or a person; its bytes follow to /v1/files/{id}/content (ID-46)',
  request: z.strictObject({ accountId: Id, personId: Id.optional(), name: FileName, visibility: FileVisibility.default('account') }),
  reply: StoredFile,
  access: { who: 'user', may: 'attachments.write', account: 'accountId', flag: 'addon.profileAttachments' },
  rejects: ['resource.not-found', 'file.too-many'],
});
export const ListAttachments = query('accounts.listAttachments', {
  summary: 'Attachments of an account that the caller may see, the newest first',
  request: z.strictObject({ accountId: Id, personId: Id.optional(), ...paging }),
  reply: page(StoredFile),
  access: { who: 'user', may: 'attachments.read', account: 'accountId', flag: 'addon.profileAttachments' },
  rejects: ['resource.not-found'],
});
export const AddProfileImage = command('accounts.addProfileImage', {
  summary: 'Open a new profile image of a person; once its bytes are there it replaces the old one (ID-40)',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: StoredFile,
  access: { who: 'user', may: 'images.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const GetProfileImage = query('accounts.getProfileImage', {
  summary: 'The profile image of a person; 404 when there is none (ID-40)',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: StoredFile,
  access: { who: 'user', may: 'attachments.read', account: 'accountId', person: 'personId' },
  rejects: ['resource.not-found'],
});
const FieldName = z.string().regex(/^[a-z][a-zA-Z0-9_]{0,59}$/, 'the machine name of a custom field');
export const AddFieldImage = command('accounts.addFieldImage', {
  summary: 'Open an image for a custom field of a person; its id is what the field holds (S4)',
  request: z.strictObject({ accountId: Id, personId: Id, field: FieldName }),
  reply: StoredFile,
  access: { who: 'user', may: 'images.write', account: 'accountId', flag: 'app.customImageFields' },
  rejects: ['resource.not-found', 'file.too-many'],
});
export const ListFieldImages = query('accounts.listFieldImages', {
  summary: 'The images in custom fields of a person, the newest first',
  request: z.strictObject({ accountId: Id, personId: Id, ...paging }),
  reply: page(StoredFile),
  access: { who: 'user', may: 'attachments.read', account: 'accountId', person: 'personId', flag: 'app.customImageFields' },
  rejects: ['resource.not-found'],
});
export const GetFile = query('accounts.getFile', {
  summary: 'What is known of a file; its bytes are at …/content',
  request: z.strictObject({ accountId: Id, fileId: Id }),
  reply: StoredFile,
  access: { who: 'user', may: 'attachments.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const RemoveFile = command('accounts.removeFile', {
  summary: 'Remove a file for good: staff any, others what they sent',
  request: z.strictObject({ accountId: Id, fileId: Id }),
  reply: z.object({ removed: z.literal(true) }),
  access: { who: 'user', may: 'attachments.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});

/** Bytes of one chunk: as base64 in JSON it stays below what NATS carries. */
export const chunkBytes = 256 * 1024;
const Chunk = z.string().max(Math.ceil(chunkBytes / 3) * 4);
export const ReceiveChunk = command('accounts.receiveChunk', {
  summary: 'One chunk of the bytes of a file, from the gateway on behalf of who opened it; the same again replaces it',
  request: z.strictObject({ fileId: Id, chunk: z.int().min(0).max(200), data: Chunk }),
  reply: z.object({ received: z.literal(true) }),
  access: { who: 'service' },
  rejects: ['resource.not-found', 'file.upload-expired', 'file.too-large'],
});
export const CompleteFile = command('accounts.completeFile', {
  summary: 'All chunks are there: look at them, clean them, keep them',
  request: z.strictObject({ fileId: Id, chunks: z.int().min(0).max(200), size: z.int().min(0), sha256: z.string().length(64) }),
  reply: StoredFile,
  access: { who: 'service' },
  rejects: ['resource.not-found', 'file.upload-expired', 'file.empty', 'file.too-large', 'file.incomplete', 'file.already-complete', 'file.type-not-allowed', 'file.unreadable', 'file.infected'],
});
export const OpenedFile = query('accounts.openedFile', {
  summary: 'How much the gateway may take for a file, for who opened it',
  request: z.strictObject({ fileId: Id }),
  reply: z.object({ maxBytes: z.int(), receiving: z.boolean() }),
  access: { who: 'service' },
  rejects: ['resource.not-found', 'file.upload-expired'],
});
export const ReadChunk = query('accounts.readChunk', {
  summary: 'One chunk of the bytes of a file, after its reader was let in',
  request: z.strictObject({ fileId: Id, chunk: z.int().min(0).max(200) }),
  reply: z.object({ data: Chunk }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});

const Told = z.object({ fileId: Id, use: StoredFile.shape.use, accountId: Id.nullable(), personId: Id.nullable(), visibility: FileVisibility, actor: EventActor });
export const FileAdded = event('accounts.file.added.v1', { summary: 'A file was taken in', data: Told });
export const FileRemoved = event('accounts.file.removed.v1', { summary: 'A file was removed', data: Told });
