import { emptyArrayKey, invertKey, keyOf } from '../bson/key-encoding.js';
import { type Document, isNumeric, toNumber, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { limits } from '../limits.js';
import { isDocument } from '../bson/value.js';
import { isArrayIndex } from './paths.js';

/** One field of a sort: ascending 1, descending -1. */
export interface SortField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly direction: 1 | -1;
}

export function parseSort(sort: Document): SortField[] {
  if (sort.size > limits.indexFields) throw new CommandError(13103, `too many compound keys: at most ${limits.indexFields}`);
  return [...sort].map(([path, direction]) => {
    if (isDocument(direction)) throw notImplemented('a sort by $meta');
    if (!isNumeric(direction)) throw new CommandError(15974, `Illegal key in $sort specification: ${path}`);
    const sign = toNumber(direction);
    if (sign !== 1 && sign !== -1) throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (path === '') throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    return { path, parts: path.split('.'), direction: sign };
  });
}

/** The key by which a document sorts; an array counts by its least element, or its greatest when descending. */
export function sortKeyOf(document: Document, fields: readonly SortField[]): string {
  let key = '';
  for (const { parts, direction } of fields) {
    const best = bestKey(document, parts, direction);
    key += direction === 1 ? best : invertKey(best);
  }
  return key;
}

/** Sorts by the fields; equal items keep their order. */
export function sortBy<T>(items: readonly T[], documentOf: (item: T) => Document, fields: readonly SortField[]): T[] {
  const keyed = items.map((item) => ({ item, key: sortKeyOf(documentOf(item), fields) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ item }) => item);
}

function bestKey(document: Document, parts: readonly string[], direction: 1 | -1): string {
  let best: string | undefined;
  for (const key of keysAt(document, parts, 0)) {
    if (best === undefined || (direction === 1 ? key < best : key > best)) best = key;
  }
  return best ?? keyOf(null);
}

function* keysAt(value: Value | undefined, parts: readonly string[], depth: number): Iterable<string> {
  const part = parts[depth];
  if (part === undefined) {
    if (!Array.isArray(value)) yield keyOf(value);
    else if (value.length === 0) yield emptyArrayKey;
    else for (const element of value) yield keyOf(element);
  } else if (isDocument(value)) yield* keysAt(value.get(part), parts, depth + 1);
  else if (Array.isArray(value)) {
    if (isArrayIndex(part) && Number(part) < value.length) yield* keysAt(value[Number(part)], parts, depth + 1);
    else for (const element of value) if (isDocument(element)) yield* keysAt(element, parts, depth);
  } else yield keyOf(undefined);
}
