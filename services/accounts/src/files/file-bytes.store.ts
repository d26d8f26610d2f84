import { Injectable } from '@nestjs/common';
import { chunkBytes } from '@matricula/contracts';
import { StoreParts, type Collection, type Prepared } from '@matricula/platform';
import { uploadMs } from '../domain/stored-file.js';

/** `sent`: as it came. Otherwise what is handed out, named by its SHA-256: two who clean different bytes at once never mix theirs. */
export type Part = 'sent' | (string & {});

/** Whose bytes. */
export interface FileRef {
  readonly tenantId: string;
  readonly fileId: string;
}

interface ChunkDocument extends FileRef {
  /** `<tenant>/<file>/<part>/<n>`: written twice it is there once. */
  readonly _id: string;
  readonly part: Part;
  readonly n: number;
  /** Written as a buffer, read as BSON's binary around one. */
  readonly data: Buffer | { readonly buffer: Uint8Array };
  /** Absent once the file is complete; until then the store forgets the chunk by itself. */
  readonly expiresAt?: Date;
}

/** After the day an upload may take, and another in case somebody is still at it. */
const expiry = (): Date => new Date(Date.now() + 2 * uploadMs);

/** The bytes of files in chunks, in the service's database: as durable, as replicated and as backed up as everything else (ADR 22). */
@Injectable()
export class FileBytes implements Prepared {
  constructor(private readonly parts: StoreParts) {}

  private chunks(): Collection<ChunkDocument> {
    return this.parts.database.collection<ChunkDocument>('file_chunks');
  }

  async prepare(): Promise<void> {
    await this.chunks().createIndex({ tenantId: 1, fileId: 1 }, { name: 'byFile' });
    await this.chunks().createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
  }

  /** One chunk as it came; sent again, it replaces the one before. */
  async receive({ tenantId, fileId }: FileRef, n: number, data: Buffer): Promise<void> {
    await this.chunks().updateOne({ _id: idOf({ tenantId, fileId }, 'sent', n), tenantId }, { $set: { fileId, part: 'sent', n, data, expiresAt: expiry() } }, { upsert: true });
  }

  async read(file: FileRef, part: Part, n: number): Promise<Buffer | undefined> {
    const found = await this.chunks().findOne({ _id: idOf(file, part, n), tenantId: file.tenantId }, { projection: { data: 1 } });
    if (!found) return undefined;
    return Buffer.isBuffer(found.data) ? found.data : Buffer.from(found.data.buffer);
  }

  /** The first `count` chunks in a row; undefined when one is missing. */
  async readAll(file: FileRef, part: Part, count: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for (let n = 0; n < count; n += 1) {
      const piece = await this.read(file, part, n);
      if (!piece) return undefined;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  /** Writes what is to be handed out; what is there stays as it is. Resolves to the number of chunks. */
  async write({ tenantId, fileId }: FileRef, part: Part, bytes: Buffer): Promise<number> {
    const count = Math.ceil(bytes.length / chunkBytes);
    for (let n = 0; n < count; n += 1) {
      const data = bytes.subarray(n * chunkBytes, (n + 1) * chunkBytes);
      await this.chunks().updateOne({ _id: idOf({ tenantId, fileId }, part, n), tenantId }, { $setOnInsert: { fileId, part, n, data, expiresAt: expiry() } }, { upsert: true });
    }
    return count;
  }

  /** This part stays for good, everything else goes. */
  async settle(file: FileRef, part: Part): Promise<void> {
    await this.chunks().updateMany({ ...file, part }, { $unset: { expiresAt: 1 } });
    await this.chunks().deleteMany({ ...file, part: { $ne: part } });
  }

  async drop(file: FileRef): Promise<void> {
    await this.chunks().deleteMany({ ...file });
  }
}

const idOf = ({ tenantId, fileId }: FileRef, part: Part, n: number): string => `${tenantId}/${fileId}/${part}/${n}`;
