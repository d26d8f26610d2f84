import { Injectable } from '@nestjs/common';
import { FileAdded, FileRemoved, type Ctx, type Page } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type PageRequest, type Stored } from '@matricula/platform';
import { fileAggregate, type FileFact, type FileState, type FileUse } from '../domain/stored-file.js';

export interface UnfinishedFile {
  readonly tenantId: string;
  readonly id: string;
  readonly state: FileState;
}

/** What is known of files; their bytes are in FileBytes. */
@Injectable()
export class FileStore extends AggregateStore<FileState, FileFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: fileAggregate,
      collection: 'files',
      publish,
      indexes: [
        { name: 'byAccount', keys: { accountId: 1, use: 1, status: 1, openedAt: -1, _id: -1 } },
        { name: 'byPerson', keys: { personId: 1, use: 1, status: 1, openedAt: -1, _id: -1 } },
      ],
    });
  }

  override async prepare(): Promise<void> {
    await this.documents.createIndex({ 'state.unsettled': 1 }, { name: 'unsettled', partialFilterExpression: { 'state.unsettled': true } });
    await this.documents.createIndex({ 'state.openedAt': 1 }, { name: 'receiving', partialFilterExpression: { 'state.status': 'receiving' } });
    await super.prepare();
  }

  /** Complete files, the newest first. */
  ready(ctx: Ctx, filter: { readonly use: FileUse; readonly accountId?: string | null; readonly personId?: string }, request: PageRequest): Promise<Page<Stored<FileState>>> {
    return this.page(ctx, { ...filter, status: 'ready' }, { field: 'openedAt', order: -1 }, request);
  }

  /** Files of any tenant whose bytes have to follow, and those nobody finished since. */
  async unfinished(openedBefore: string, limit: number): Promise<readonly UnfinishedFile[]> {
    const fields = { projection: { tenantId: 1, id: 1, state: 1 }, limit };
    const [unsettled, abandoned] = await Promise.all([
      this.documents.find({ 'state.unsettled': true } as never, fields).toArray(),
      this.documents.find({ 'state.status': 'receiving', 'state.openedAt': { $lt: openedBefore } } as never, fields).toArray(),
    ]);
    return [...unsettled, ...abandoned];
  }
}

function publish(fact: FileFact, state: FileState, fileId: string): OutgoingEvent | undefined {
  const { use, accountId, personId, visibility } = state;
  const data = { fileId, use, accountId, personId, visibility };
  switch (fact.type) {
    case 'FileReceived':
      return { contract: FileAdded, data };
    case 'FileRemoved':
      // of what never arrived, nobody heard
      return state.content ? { contract: FileRemoved, data } : undefined;
    case 'FileOpened':
    case 'FileRefused':
    case 'FileSettled':
      return undefined;
    default:
      return unreachable(fact);
  }
}
