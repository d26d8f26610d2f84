import type { Document } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import type { Deadline } from '../deadline.js';
import type { Reader } from '../storage/store.js';

/** What a stage may reach besides its input. */
export interface PipelineContext {
  readonly reader: Reader;
  readonly deadline: Deadline;
  readonly collectionNamed: (name: string) => Collection | undefined;
}

/** One step: takes documents and gives documents, lazily where it can. */
export type Stage = (documents: Iterable<Document>, context: PipelineContext) => Iterable<Document>;
