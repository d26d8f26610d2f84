import type { Collection, Index } from '../catalog/collection.js';
import { compareValues } from '../bson/compare.js';
import { isDocument, isNumeric, toNumber, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { admitsMissing, boundsOf, type Interval, type PathBounds, pointKeys, rangeInterval } from './bounds.js';
import type { Filter } from './filter.js';
import { isImplied } from './partial-implication.js';
import type { SortField } from './sort-key.js';

/** How documents will be found. */
export type Plan = CollectionScan | IndexScan | UnionScan;

/** Reads every document. */
export interface CollectionScan {
  readonly kind: 'collection';
  readonly reverse: boolean;
  readonly sorted: boolean;
}

/** An interval, and how long the beginning is that all its keys share. */
export interface Stretch extends Interval {
  readonly shared: number;
}

/** Reads the keys of one index. */
export interface IndexScan {
  readonly kind: 'index';
  readonly index: Index;
  readonly intervals: readonly Stretch[];
  /** Whether the intervals are to be read together, as each but not all of them are in the order that was asked for. */
  readonly merges: boolean;
  readonly reverse: boolean;
  /** Whether the documents come in the order that was asked for. */
  readonly sorted: boolean;
}

/** Reads several indexes for the branches of an `$or`. */
export interface UnionScan {
  readonly kind: 'union';
  readonly plans: readonly IndexScan[];
  readonly sorted: boolean;
}

/** What is to be found. */
export interface Wanted {
  readonly filter: Filter;
  readonly sort: readonly SortField[];
  readonly hint: Value | undefined;
}

/** Chooses the index that narrows the search most. Throws 2 for a hint that names no index. */
export function planOf(collection: Collection, wanted: Wanted): Plan {
  const natural = naturalDirection(wanted);
  if (natural !== undefined) return { kind: 'collection', reverse: natural < 0, sorted: true };
  const bounds = boundsOf(wanted.filter);
  const hinted = wanted.hint === undefined ? undefined : hintedIndex(collection, wanted.hint);
  let best: Candidate | undefined;
  for (const index of collection.indexes) {
    if (hinted ? index !== hinted : index.definition.hidden) continue;
    const candidate = candidateOf(index, { bounds, wanted, forced: index === hinted });
    if (candidate && (!best || candidate.score > best.score)) best = candidate;
  }
  if (best) return best.plan;
  return unionOf(collection, wanted) ?? { kind: 'collection', reverse: false, sorted: wanted.sort.length === 0 };
}

function naturalDirection({ sort, hint }: Wanted): number | undefined {
  const [first] = sort;
  if (first?.path === '$natural') return first.direction;
  const natural = isDocument(hint) ? hint.get('$natural') : undefined;
  return isNumeric(natural) && sort.length === 0 ? toNumber(natural) : undefined;
}

function hintedIndex(collection: Collection, hint: Value): Index | undefined {
  if (isDocument(hint) && hint.has('$natural')) return undefined;
  const found = collection.indexes.find(({ definition }) => (typeof hint === 'string' ? definition.name === hint : compareValues(definition.key, hint) === 0));
  if (found) return found;
  throw new CommandError(2, 'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index');
}

interface Candidate {
  readonly plan: IndexScan;
  readonly score: number;
}

interface Question {
  readonly bounds: ReadonlyMap<string, PathBounds>;
  readonly wanted: Wanted;
  readonly forced: boolean;
}

const pointScore = 1000;
const rangeScore = 500;
const sortScore = 400;
const uniqueScore = 5000;
const partialScore = 100;

function candidateOf(index: Index, { bounds, wanted, forced }: Question): Candidate | undefined {
  const { definition } = index;
  if (definition.partial && !forced && !isImplied(definition.partial.filter, bounds)) return undefined;
  const use = narrowed(index, bounds);
  if (definition.sparse && !forced && !use.excludesMissing) return undefined;
  const plain = index.multikey ? undefined : orderFrom(index, bounds, wanted.sort, 0);
  const order = plain ?? (index.multikey ? undefined : orderFrom(index, bounds, wanted.sort, use.points));
  const sorted = wanted.sort.length === 0 || order !== undefined;
  const helps = use.points > 0 || use.hasRange || (sorted && wanted.sort.length > 0) || definition.partial !== undefined;
  if (!helps && !forced) return undefined;
  const score = use.points * pointScore + (use.hasRange ? rangeScore : 0) + (wanted.sort.length > 0 && sorted ? sortScore : 0)
    + (definition.unique && use.points === definition.fields.length ? uniqueScore : 0) + (definition.partial ? partialScore : 0);
  return { plan: { kind: 'index', index, intervals: use.intervals, merges: plain !== order, reverse: order === -1, sorted }, score };
}

interface Narrowed {
  readonly intervals: readonly Stretch[];
  readonly points: number;
  readonly hasRange: boolean;
  readonly excludesMissing: boolean;
}

// The longest run of equalities from the first field on, then one range.
function narrowed(index: Index, bounds: ReadonlyMap<string, PathBounds>): Narrowed {
  let prefixes = [index.prefix];
  let points = 0;
  let excludesMissing = false;
  const arrayRoots = new Set<string>();
  for (const { path, parts, direction } of index.definition.fields) {
    const bound = bounds.get(path);
    // In an index over arrays two conditions may be met by two elements, whose keys do not stand together.
    const root = parts[0] ?? '';
    if (!bound || (index.multikey && arrayRoots.has(root))) break;
    arrayRoots.add(root);
    if (bound.points && prefixes.length * bound.points.length <= limits.planPoints) {
      const keys = pointKeys(bound.points, direction);
      prefixes = prefixes.flatMap((prefix) => keys.map((key) => prefix + key));
      points++;
      excludesMissing ||= !admitsMissing(bound);
      continue;
    }
    const range = rangeInterval(bound, direction, index.multikey);
    if (!range) break;
    const intervals = prefixes.map((prefix) => ({ from: prefix + range.from, until: prefix + range.until, shared: prefix.length }));
    return { intervals, points, hasRange: true, excludesMissing: true };
  }
  const intervals = prefixes.map((prefix) => ({ from: prefix, until: afterPrefix(prefix, index), shared: prefix.length }));
  return { intervals, points, hasRange: false, excludesMissing };
}

// A key that ends in FF bytes carries over: still inside the index, whose prefix is never all FF.
function afterPrefix(prefix: string, index: Index): string {
  let end = prefix.length;
  while (prefix.charCodeAt(end - 1) === 0xff) end--;
  const after = prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1);
  return after > index.until ? index.until : after;
}

/**
 * The direction in which the index gives the order, if it does. Fields of the index that are fixed to one value do not
 * count, nor do the first `merged` when the stretches for their values are read together; a field outside the index may
 * hold an array, of which the filter fixes one element only.
 */
function orderFrom(index: Index, bounds: ReadonlyMap<string, PathBounds>, sort: readonly SortField[], merged: number): 1 | -1 | undefined {
  const { fields } = index.definition;
  const isFixed = (path: string): boolean => fields.some((field, at) => field.path === path && (at < merged || bounds.get(path)?.points?.length === 1));
  let position = 0;
  let order: 1 | -1 | undefined;
  for (const { path, direction } of sort) {
    if (isFixed(path)) continue;
    while (position < fields.length && fields[position]?.path !== path && isFixed(fields[position]?.path ?? '')) position++;
    const field = fields[position++];
    if (field?.path !== path) return undefined;
    const needed = field.direction === direction ? 1 : -1;
    if (order !== undefined && order !== needed) return undefined;
    order = needed;
  }
  return order ?? 1;
}

function unionOf(collection: Collection, wanted: Wanted): UnionScan | undefined {
  const branches = wanted.filter.kind === 'and' ? wanted.filter.parts.find(({ kind }) => kind === 'or') : wanted.filter;
  if (branches?.kind !== 'or' || wanted.hint !== undefined) return undefined;
  const plans: IndexScan[] = [];
  for (const filter of branches.parts) {
    const plan = planOf(collection, { filter, sort: [], hint: undefined });
    if (plan.kind === 'index') plans.push(plan);
    else if (plan.kind === 'union') plans.push(...plan.plans);
    else return undefined;
  }
  return { kind: 'union', plans, sorted: wanted.sort.length === 0 };
}

