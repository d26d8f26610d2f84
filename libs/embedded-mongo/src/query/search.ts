import type { Collection } from '../catalog/collection.js';
import { type DecodedRecord, recordIdOf, recordsOf, type StoredRecord } from '../catalog/records.js';
import { decode } from '../bson/decoder.js';
import type { Document, Value } from '../bson/value.js';
import type { Deadline } from '../deadline.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { bytesOf, type Reader } from '../storage/store.js';
import type { Filter } from './filter.js';
import { matcherOf } from './matcher.js';
import { type IndexScan, type Plan, planOf } from './planner.js';
import { sortBy, type SortField } from './sort-key.js';

/** Which documents are wanted, in which order, and how many. */
export interface Query {
  readonly filter: Filter;
  readonly sort?: readonly SortField[];
  readonly skip?: number;
  /** 0 or `undefined`: all. */
  readonly limit?: number;
  readonly hint?: Value | undefined;
}

/** What a search cost, for `explain`. */
export interface SearchCost {
  keysExamined: number;
  docsExamined: number;
}

/** What a search reads from, and by when it must be done. */
export interface SearchContext {
  readonly reader: Reader;
  readonly collection: Collection;
  readonly deadline: Deadline;
  readonly cost?: SearchCost;
}

/** Finds documents, lazily unless they have to be sorted. Every document is checked against the whole filter. */
export function* search(context: SearchContext, query: Query): Iterable<DecodedRecord> {
  const sort = query.sort ?? [];
  const plan = planOf(context.collection, { filter: query.filter, sort, hint: query.hint });
  const matches = matcherOf(query.filter);
  let matching = filtered(context, plan, matches);
  if (!plan.sorted) matching = sortBy(collected(matching), ({ document }) => document, sort);
  let toSkip = query.skip ?? 0;
  let left = query.limit || Number.POSITIVE_INFINITY;
  for (const found of matching) {
    if (toSkip-- > 0) continue;
    yield found;
    if (--left <= 0) return;
  }
}

function* filtered(context: SearchContext, plan: Plan, matches: (document: Document) => boolean): Iterable<DecodedRecord> {
  for (const { recordId, bytes } of scan(context, plan)) {
    context.deadline.check();
    const document = decode(bytes);
    if (matches(document)) yield { recordId, bytes, document };
  }
}

function collected(matching: Iterable<DecodedRecord>): DecodedRecord[] {
  const all: DecodedRecord[] = [];
  let bytes = 0;
  for (const found of matching) {
    bytes += found.bytes.length;
    if (bytes > limits.stageBytes) throw new CommandError(292, `Sort exceeded memory limit of ${limits.stageBytes} bytes; an index on the sort fields avoids it`);
    all.push(found);
  }
  return all;
}

function* scan(context: SearchContext, plan: Plan): Iterable<StoredRecord> {
  const { reader, collection, cost } = context;
  if (plan.kind === 'collection') {
    for (const record of recordsOf(reader, collection, plan.reverse)) {
      if (cost) cost.docsExamined++;
      yield record;
    }
    return;
  }
  const scans = plan.kind === 'index' ? [plan] : plan.plans;
  const seen = scans.length > 1 || scans.some(({ index }) => index.multikey) ? new Set<number>() : undefined;
  for (const part of scans) {
    for (const recordId of scanIndex(context, part)) {
      if (seen?.has(recordId)) continue;
      seen?.add(recordId);
      const text = reader.get(collection.recordKey(recordId));
      if (cost) cost.docsExamined++;
      if (text !== undefined) yield { recordId, bytes: bytesOf(text) };
    }
  }
}

function* scanIndex({ reader, cost, deadline }: SearchContext, scan: IndexScan): Iterable<number> {
  for (const key of scan.merges ? mergedKeys(reader, scan) : keysInTurn(reader, scan)) {
    if (cost) cost.keysExamined++;
    deadline.check();
    yield recordIdOf(key);
  }
}

function* keysInTurn(reader: Reader, { intervals, reverse }: IndexScan): Iterable<string> {
  for (const { from, until } of reverse ? intervals.toReversed() : intervals) {
    for (const [key] of reader.range(from, until, reverse)) yield key;
  }
}

// Always the stretch whose next key comes first, not counting what the keys of a stretch share.
function* mergedKeys(reader: Reader, { intervals, reverse }: IndexScan): Iterable<string> {
  const heads: { readonly key: string; readonly rest: string; readonly next: () => void }[] = [];
  for (const { from, until, shared } of intervals) {
    const keys = reader.range(from, until, reverse)[Symbol.iterator]();
    const next = (): void => {
      const { done, value } = keys.next();
      if (done) return;
      const rest = value[0].slice(shared);
      let [low, high] = [0, heads.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((heads[middle]?.rest ?? '') < rest === reverse) high = middle;
        else low = middle + 1;
      }
      heads.splice(low, 0, { key: value[0], rest, next });
    };
    next();
  }
  for (let head = heads.shift(); head; head = heads.shift()) {
    yield head.key;
    head.next();
  }
}
