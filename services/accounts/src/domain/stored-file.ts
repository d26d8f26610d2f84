import { addMs, invariant, isPast, Rejection, unreachable, type Aggregate, type Instant } from '@matricula/kernel';
import type { Member, Role } from './account.js';

export type FileUse = 'attachment' | 'profile_image' | 'field_image' | 'logo';
/** Staff only; whoever may see the account's attachments; of those, a child or employee only when it is about them. */
export type Visibility = 'staff' | 'account' | 'person';

export interface NewFile {
  readonly use: FileUse;
  /** Null: the provider's own, such as its logo. */
  readonly accountId: string | null;
  readonly personId: string | null;
  /** Machine name of the custom field that shows it. */
  readonly field: string | null;
  readonly name: string;
  readonly visibility: Visibility;
}

/** What was taken in, after it was looked at and cleaned. */
export interface FileContent {
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: string;
  readonly chunks: number;
  readonly scan: 'clean' | 'not_scanned';
  /** SHA-256 of what was sent: the same upload again is no other one. */
  readonly sentSha256: string;
}

/** A file of an account: opened, received in chunks, then ready or refused. Its bytes are kept beside it. */
export interface FileState extends NewFile {
  readonly status: 'receiving' | 'ready' | 'refused' | 'removed';
  readonly uploadedBy: string;
  readonly openedAt: Instant;
  readonly content?: FileContent | undefined;
  readonly refusal?: { readonly code: string; readonly details: Readonly<Record<string, unknown>> } | undefined;
  /** Present while the bytes have to follow: to be kept for good, or dropped. */
  readonly unsettled?: true | undefined;
}

export type FileFact =
  | ({ readonly type: 'FileOpened'; readonly by: string; readonly at: Instant } & NewFile)
  | { readonly type: 'FileReceived'; readonly content: FileContent }
  | { readonly type: 'FileRefused'; readonly code: string; readonly details: Readonly<Record<string, unknown>> }
  | { readonly type: 'FileRemoved' }
  | { readonly type: 'FileSettled' };

export const fileAggregate: Aggregate<FileState, FileFact> = {
  name: 'file',
  evolve: (state, fact) => {
    if (fact.type === 'FileOpened') {
      const { type: _type, by, at, ...file } = fact;
      return { ...file, status: 'receiving', uploadedBy: by, openedAt: at };
    }
    invariant(state !== undefined, `${fact.type} before FileOpened`);
    switch (fact.type) {
      case 'FileReceived':
        return { ...state, status: 'ready', content: fact.content, unsettled: true };
      case 'FileRefused':
        return { ...state, status: 'refused', refusal: { code: fact.code, details: fact.details }, unsettled: true };
      case 'FileRemoved':
        return { ...state, status: 'removed', unsettled: true };
      case 'FileSettled': {
        const { unsettled: _unsettled, ...settled } = state;
        return settled;
      }
      default:
        return unreachable(fact);
    }
  },
};

const mebibyte = 1024 * 1024;
export const imageTypes: readonly string[] = ['image/jpeg', 'image/png', 'image/webp'];
/** An upload is finished within a day. */
export const uploadMs = 24 * 3_600_000;

/** How many bytes a file for this use may have. */
export const maxBytesFor = (use: FileUse): number => (use === 'attachment' ? 25 : 10) * mebibyte;

export function openFile(state: FileState | undefined, file: NewFile, by: string, at: Instant): readonly FileFact[] {
  return state ? [] : [{ type: 'FileOpened', ...file, by, at }];
}

/** Bytes are taken from who opened the file, for a day, until it is complete. Rejects `resource.not-found`, `file.upload-expired`. */
export function demandReceiving(state: FileState, by: string, now: Instant): void {
  if (state.uploadedBy !== by || state.status === 'removed') throw new Rejection('resource.not-found');
  if (state.status === 'receiving' && isPast(addMs(state.openedAt, uploadMs), now)) throw new Rejection('file.upload-expired');
}

/** What became of the bytes; `type` undefined when they are no kind that is taken in. */
export interface Inspection {
  readonly type: string | undefined;
  readonly virus: string | undefined;
  /** An image that cannot be read to its end. */
  readonly unreadable: boolean;
  readonly content: Omit<FileContent, 'mediaType'>;
}

/** Takes the file in or refuses it, once. */
export function receiveFile(state: FileState, { type, virus, unreadable, content }: Inspection): readonly FileFact[] {
  if (state.status !== 'receiving') return [];
  if (virus !== undefined) return [{ type: 'FileRefused', code: 'file.infected', details: { virus } }];
  const allowed = type !== undefined && (state.use === 'attachment' || imageTypes.includes(type));
  if (!allowed) return [{ type: 'FileRefused', code: 'file.type-not-allowed', details: { allowed: state.use === 'attachment' ? 'JPEG, PNG and WebP images, PDF, text, Word and Excel documents without macros, MP3' : 'JPEG, PNG and WebP images' } }];
  if (unreadable) return [{ type: 'FileRefused', code: 'file.unreadable', details: {} }];
  return [{ type: 'FileReceived', content: { mediaType: type, ...content } }];
}

/** Throws what was said when the file was refused; and `file.already-complete` when other bytes than these are in it. */
export function demandReceived(state: FileState, sentSha256: string): void {
  if (state.refusal) throw new Rejection(state.refusal.code, state.refusal.details);
  if (state.status !== 'ready') throw new Rejection('resource.not-found');
  if (state.content?.sentSha256 !== sentSha256) throw new Rejection('file.already-complete');
}

export function removeFile(state: FileState): readonly FileFact[] {
  return state.status === 'removed' ? [] : [{ type: 'FileRemoved' }];
}

/** Nobody will finish it any more. */
export function abandonFile(state: FileState, now: Instant): readonly FileFact[] {
  return state.status === 'receiving' && isPast(addMs(state.openedAt, uploadMs), now) ? [{ type: 'FileRemoved' }] : [];
}

export function settleFile(state: FileState, seen: FileState['status']): readonly FileFact[] {
  return state.unsettled === true && state.status === seen ? [{ type: 'FileSettled' }] : [];
}

/** Who looks: staff, or who is what in the account. */
export interface FileViewer {
  readonly userId: string;
  readonly isStaff: boolean;
  readonly members: readonly Member[];
}

/** They see only what is about themselves (ID-05). */
const ownOnly: readonly Role[] = ['learner', 'employee'];

/** May they see this file, if they may see files of the account at all? Whoever sent it may. */
export function seesFile(viewer: FileViewer, file: FileState): boolean {
  if (file.status !== 'ready' && file.uploadedBy !== viewer.userId) return false;
  if (viewer.isStaff || file.uploadedBy === viewer.userId) return true;
  if (file.visibility === 'staff') return false;
  return viewer.members.some((m) => !ownOnly.includes(m.role) || file.visibility === 'account' || file.personId === m.personId);
}

/** Staff remove any file, others what they sent. */
export const removesFile = (viewer: FileViewer, file: FileState): boolean => seesFile(viewer, file) && (viewer.isStaff || file.uploadedBy === viewer.userId);
