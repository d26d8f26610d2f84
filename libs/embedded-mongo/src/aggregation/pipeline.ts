import type { Collection } from '../catalog/collection.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import type { Filter } from '../query/filter.js';
import { parseFilter } from '../query/filter-parser.js';
import { search, type SearchContext } from '../query/search.js';
import { parseSort, type SortField } from '../query/sort-key.js';
import type { Names } from './expression.js';
import type { Parsing, PipelineContext, Stage } from './stage.js';
import { parseStage } from './stages.js';

/** A checked pipeline: the part that an index can serve, the stages after it, and the `$out` or `$merge` at its end. */
export interface Pipeline {
  readonly filter: Filter;
  readonly sort: readonly SortField[];
  readonly stages: readonly Stage[];
  readonly output: { readonly name: string; readonly argument: Value } | undefined;
}

/** Parses a pipeline. Throws 40324 for a stage this server does not have. */
export function parsePipeline(stages: readonly Value[], names: Names, depth = 0): Pipeline {
  const named = namedStages(stages);
  const last = named.at(-1);
  const output = depth === 0 && last && isOutput(last[0]) ? { name: last[0], argument: last[1] } : undefined;
  if (output) named.pop();
  if (named.some(([name]) => isOutput(name))) throw new CommandError(40601, '$out and $merge can only be the final stage in the pipeline');
  const filters: Filter[] = [];
  let used = 0;
  for (const [name, argument] of named) {
    if (name !== '$match' || !isDocument(argument)) break;
    filters.push(parseFilter(argument, names));
    used++;
  }
  const [next] = named.slice(used);
  const sort = next?.[0] === '$sort' && isDocument(next[1]) ? parseSort(next[1]) : [];
  if (sort.length > 0) used++;
  const parsing = parsingOf(names, depth);
  return { filter: { kind: 'and', parts: filters }, sort, stages: named.slice(used).map(([name, argument]) => parseStage(name, argument, parsing)), output };
}

const isOutput = (name: string): boolean => name === '$out' || name === '$merge';

/** Parses stages that run over documents at hand. */
export function parseStages(stages: readonly Value[], names: Names, depth = 0): Stage[] {
  const parsing = parsingOf(names, depth);
  return namedStages(stages).map(([name, argument]) => parseStage(name, argument, parsing));
}

/** The names and arguments of stages. Throws 40323 for what is no stage. */
export function namedStages(stages: readonly Value[]): (readonly [string, Value])[] {
  if (stages.length > limits.pipelineStages) throw new CommandError(7749501, `Pipeline length must be no longer than ${limits.pipelineStages} stages`);
  return stages.map((stage) => {
    const [entry] = isDocument(stage) ? stage : [];
    if (!isDocument(stage)) throw new CommandError(14, 'Each element of the \'pipeline\' array must be an object');
    if (!entry || stage.size !== 1) throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    return entry;
  });
}

function parsingOf(names: Names, depth: number): Parsing {
  const checked = (stages: Value, refusal: number, refused: (name: string) => boolean): readonly Value[] => {
    if (depth >= limits.pipelineDepth) throw new CommandError(232, `Maximum number of nested sub-pipelines exceeded. Limit is ${limits.pipelineDepth}`);
    if (!Array.isArray(stages)) throw new CommandError(14, 'a pipeline must be an array');
    const [found] = namedStages(stages).filter(([name]) => isOutput(name) || refused(name));
    if (found) throw new CommandError(refusal, `${found[0]} is not allowed within this sub-pipeline`);
    return stages;
  };
  return {
    names,
    facet: (stages) => {
      const parsed = parseStages(checked([...stages], 40600, (name) => name === '$facet'), names, depth + 1);
      return (documents, context) => runStages(parsed, documents, context);
    },
    joined: (stages, holder, inner) => {
      const pipeline = parsePipeline(checked(stages ?? [], holder === '$lookup' ? 51047 : 31441, () => false), inner, depth + 1);
      return (name, context, filter) => {
        const narrowed = filter ? { ...pipeline, filter: { kind: 'and', parts: [filter, pipeline.filter] } as const } : pipeline;
        return runPipeline(narrowed, context, context.collectionNamed(name));
      };
    },
  };
}

/** Runs a pipeline over a collection; over nothing when there is no such collection. */
export function runPipeline(pipeline: Pipeline, context: PipelineContext, collection: Collection | undefined, hint?: Value): Iterable<Document> {
  const source = collection ? found({ ...context, collection }, pipeline, hint) : [];
  return runStages(pipeline.stages, source, context);
}

/** Runs stages over documents that are at hand; looks at the clock before each document goes into a stage. */
export function runStages(stages: readonly Stage[], source: Iterable<Document>, context: PipelineContext): Iterable<Document> {
  return stages.reduce<Iterable<Document>>((documents, stage) => stage(timed(documents, context), context), source);
}

function* timed(documents: Iterable<Document>, { deadline }: PipelineContext): Iterable<Document> {
  for (const document of documents) {
    deadline.check();
    yield document;
  }
}

function* found(context: SearchContext, { filter, sort }: Pipeline, hint: Value | undefined): Iterable<Document> {
  for (const { document } of search(context, { filter, sort, hint })) yield document;
}
