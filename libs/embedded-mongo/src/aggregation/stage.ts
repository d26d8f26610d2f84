import type { Document, Value } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import type { Deadline } from '../deadline.js';
import type { Filter } from '../query/filter.js';
import type { Reader } from '../storage/store.js';
import type { Names } from './expression.js';

/** What a stage may reach besides its input. */
export interface PipelineContext {
  readonly reader: Reader;
  readonly deadline: Deadline;
  readonly collectionNamed: (name: string) => Collection | undefined;
}

/** One step: takes documents and gives documents, lazily where it can. */
export type Stage = (documents: Iterable<Document>, context: PipelineContext) => Iterable<Document>;

/** Runs a pipeline inside a stage over a collection, of which only what also satisfies `filter` is taken. */
export type JoinedPipeline = (collection: string, context: PipelineContext, filter?: Filter) => Iterable<Document>;

/** What stages are parsed in. */
export interface Parsing {
  readonly names: Names;
  /** The pipeline of a facet. */
  readonly facet: (stages: readonly Value[]) => Stage;
  /** The pipeline of a `$lookup` or `$unionWith`; both may be without one. */
  readonly joined: (stages: Value | undefined, holder: '$lookup' | '$unionWith', names: Names) => JoinedPipeline;
}

export type StageParser = (argument: Value, parsing: Parsing, name: string) => Stage;
