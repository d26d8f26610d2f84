import { invertKey, keyAfter, keyOf, nullKey, rankOf, textPrefixKey } from '../bson/key-encoding.js';
import { isNumeric, toNumber, typeOf, type Value } from '../bson/value.js';
import type { Filter, Test } from './filter.js';
import { isPositional } from './paths.js';
import { literalPrefix } from './pattern.js';

/** All keys with from ≤ key < until. */
export interface Interval {
  readonly from: string;
  readonly until: string;
}

/**
 * What a filter demands of one path, as far as an index can use it. Bounds may let too much through, never too little:
 * the whole filter is checked again on every document.
 */
export interface PathBounds {
  /** The values the path must equal one of. */
  points: readonly Value[] | undefined;
  lower: { readonly value: Value; readonly inclusive: boolean } | undefined;
  upper: { readonly value: Value; readonly inclusive: boolean } | undefined;
  prefix: string;
  /** The tests themselves, for partial indexes. */
  readonly tests: Test[];
}

/** Collects the bounds of all conditions that every matching document meets. */
export function boundsOf(filter: Filter): Map<string, PathBounds> {
  const bounds = new Map<string, PathBounds>();
  collect(filter, '', bounds);
  // `a.0: null` also finds documents whose element lacks a field `0`, but an index on `a.0` holds the element itself.
  for (const [path, found] of bounds) if (isPositional(path) && found.points?.some((value) => keyOf(value) === nullKey)) found.points = undefined;
  return bounds;
}

function collect(filter: Filter, prefix: string, bounds: Map<string, PathBounds>): void {
  if (filter.kind === 'and') for (const part of filter.parts) collect(part, prefix, bounds);
  if (filter.kind !== 'field') return;
  const path = prefix + filter.path;
  // Inside $elemMatch a number counts from the element, in an index from the array.
  if (prefix !== '' && isPositional(path)) return;
  let found = bounds.get(path);
  if (!found) {
    found = { points: undefined, lower: undefined, upper: undefined, prefix: '', tests: [] };
    bounds.set(path, found);
  }
  if (prefix === '') found.tests.push(filter.test);
  narrow(found, filter.test);
  if (filter.test.op === 'elementFilter') collect(filter.test.filter, `${path}.`, bounds);
  if (filter.test.op === 'all') for (const test of filter.test.tests) narrow(found, test);
}

function narrow(bounds: PathBounds, test: Test): void {
  switch (test.op) {
    case 'eq':
      if (!Array.isArray(test.value)) bounds.points ??= [test.value];
      return;
    case 'in':
      if (test.patterns.length === 0 && !test.values.some(Array.isArray)) bounds.points ??= test.values;
      return;
    case 'gt': case 'gte':
      if (isBound(test.value)) bounds.lower ??= { value: test.value, inclusive: test.op === 'gte' };
      return;
    case 'lt': case 'lte':
      if (isBound(test.value)) bounds.upper ??= { value: test.value, inclusive: test.op === 'lte' };
      return;
    case 'pattern':
      bounds.prefix ||= literalPrefix(test.pattern);
      return;
    case 'elementTests':
      for (const inner of test.tests) narrow(bounds, inner);
      return;
    default:
  }
}

// Arrays compare as a whole and are not indexed as such; null, NaN and the extreme keys have rules of their own.
function isBound(value: Value): boolean {
  if (value === null || Array.isArray(value) || (isNumeric(value) && Number.isNaN(toNumber(value)))) return false;
  return typeOf(value) !== 'minKey' && typeOf(value) !== 'maxKey';
}

/** The keys of an equality on an index field, in index order. */
export function pointKeys(points: readonly Value[], direction: 1 | -1): string[] {
  const keys = [...new Set(points.map((value) => keyOf(value)))].map((key) => (direction === 1 ? key : invertKey(key)));
  return keys.toSorted();
}

/** Whether a document without the field could satisfy the bounds; a sparse index would not hold it. */
export function admitsMissing({ points, lower, upper, prefix }: PathBounds): boolean {
  if (points) return points.some((value) => keyOf(value) === nullKey);
  return !lower && !upper && prefix === '';
}

/** The interval of a range on an index field, inside one type. An index over arrays may use one end only. */
export function rangeInterval(bounds: PathBounds, direction: 1 | -1, multikey: boolean): Interval | undefined {
  const { lower, prefix } = bounds;
  if (prefix !== '' && !lower && !bounds.upper) return oriented({ from: textPrefixKey(prefix), until: keyAfter(textPrefixKey(prefix)) }, direction);
  const sameType = lower && bounds.upper && rankOf(lower.value) !== rankOf(bounds.upper.value) ? undefined : bounds.upper;
  const upper = multikey && lower ? undefined : sameType;
  const anchor = lower ?? upper;
  if (!anchor) return undefined;
  const rank = rankOf(anchor.value);
  const start = lower ? keyOf(lower.value) : String.fromCharCode(rank);
  const end = upper ? keyOf(upper.value) : String.fromCharCode(rank + 1);
  return oriented({ from: lower && !lower.inclusive ? keyAfter(start) : start, until: upper?.inclusive ? keyAfter(end) : end }, direction);
}

/*
 * In a descending index the order is turned round. Payloads are never the beginning of one another, so everything that
 * starts with a key lies between the key and `keyAfter` of it, and the complement of [from, until) starts after all
 * keys that begin with the complement of `until`.
 */
function oriented({ from, until }: Interval, direction: 1 | -1): Interval {
  if (direction === 1) return { from, until };
  return { from: invertKey(until), until: keyAfter(invertKey(from)) };
}
