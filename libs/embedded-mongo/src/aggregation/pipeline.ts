import type { Collection } from '../catalog/collection.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import type { Filter } from '../query/filter.js';
import { parseFilter } from '../query/filter-parser.js';
import { search, type SearchContext } from '../query/search.js';
import { parseSort, type SortField } from '../query/sort-key.js';
import type { PipelineContext, Stage } from './stage.js';
import { parseStage } from './stages.js';

/** A checked pipeline: the part that an index can serve, and the rest. */
export interface Pipeline {
  readonly filter: Filter;
  readonly sort: readonly SortField[];
  readonly stages: readonly Stage[];
}

/** Parses a pipeline. Throws 40324 for a stage MongoDB does not know, 238 for one this server leaves to MongoDB. */
export function parsePipeline(stages: readonly Value[]): Pipeline {
  if (stages.length > limits.pipelineStages) throw new CommandError(7749501, `Pipeline length must be no longer than ${limits.pipelineStages} stages`);
  const named = stages.map(parseNamed);
  const filters: Filter[] = [];
  let used = 0;
  for (const [name, argument] of named) {
    if (name !== '$match') break;
    filters.push(parseFilter(matchArgument(argument)));
    used++;
  }
  const [next] = named.slice(used);
  const sort = next?.[0] === '$sort' && isDocument(next[1]) ? parseSort(next[1]) : [];
  if (sort.length > 0) used++;
  return {
    filter: { kind: 'and', parts: filters },
    sort,
    stages: named.slice(used).map(([name, argument]) => parseStage(name, argument)),
  };
}

function parseNamed(stage: Value): readonly [string, Value] {
  const entry = isDocument(stage) ? [...stage][0] : undefined;
  if (!isDocument(stage) || !entry || stage.size !== 1) throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
  return entry;
}

function matchArgument(argument: Value): Document {
  if (!isDocument(argument)) throw new CommandError(15959, 'the match filter must be an expression in an object');
  return argument;
}

/** Runs a pipeline over a collection; over nothing when there is no such collection. */
export function runPipeline(pipeline: Pipeline, context: PipelineContext, collection: Collection | undefined, hint?: Value): Iterable<Document> {
  const source = collection ? found({ ...context, collection }, pipeline, hint) : [];
  return runStages(pipeline.stages, source, context);
}

/** Runs stages over documents that are at hand. */
export function runStages(stages: readonly Stage[], source: Iterable<Document>, context: PipelineContext): Iterable<Document> {
  return stages.reduce<Iterable<Document>>((documents, stage) => stage(documents, context), source);
}

function* found(context: SearchContext, { filter, sort }: Pipeline, hint: Value | undefined): Iterable<Document> {
  for (const { document } of search(context, { filter, sort, hint })) yield document;
}
