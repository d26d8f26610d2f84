import type { StoredFile } from '@matricula/contracts';
import type { Stored } from '@matricula/platform';
import { maxBytesFor, type FileState } from '../domain/stored-file.js';

/** A file as callers see it. */
export function fileReply({ id, version, state }: Stored<FileState>): StoredFile {
  const { content, refusal: _refusal, unsettled: _unsettled, ...file } = state;
  return { id, version, ...file, maxBytes: maxBytesFor(state.use), mediaType: content?.mediaType ?? null, size: content?.size ?? null, sha256: content?.sha256 ?? null, scan: content?.scan ?? null };
}
