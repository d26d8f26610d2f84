import { emptyArrayKey, invertKey, keyOf, nullKey } from '../bson/key-encoding.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { isArrayIndex, reaches } from '../query/paths.js';
import type { IndexDefinition, IndexField } from './index-definition.js';

/** The keys under which an index holds a document. */
export interface IndexKeys {
  readonly keys: readonly string[];
  /** Whether an array was indexed by its elements. */
  readonly multikey: boolean;
}

const none: IndexKeys = { keys: [], multikey: false };

/** Throws 171 when two different arrays would have to be indexed together. */
export function indexKeysOf(definition: IndexDefinition, document: Document): IndexKeys {
  if (definition.sparse && definition.fields.every(({ parts }) => !reaches(document, parts, 0, (value) => value !== undefined))) return none;
  if (definition.partial && !definition.partial.matches(document)) return none;
  const found = new Set<string>();
  const multikey = expand(definition.fields.map((field) => advance({ field, depth: 0, state: document })), found);
  return { keys: [...found], multikey };
}

/** How far a field's path has been followed; `key` once its end is reached. */
interface Cursor {
  readonly field: IndexField;
  readonly depth: number;
  readonly state: Value | undefined;
  readonly key?: string;
}

// Follows the path to its end or to the first array on the way.
function advance({ field, depth, state }: Cursor): Cursor {
  let value = state;
  for (let i = depth; ; i++) {
    const part = field.parts[i];
    if (Array.isArray(value)) {
      if (part === undefined || !isArrayIndex(part) || value[Number(part)] === undefined) return { field, depth: i, state: value };
      refuseAmbiguity(value, part);
      value = value[Number(part)];
    } else if (part === undefined) return ended(field, keyOf(value));
    else value = isDocument(value) ? value.get(part) : undefined;
  }
}

// `a.0` would be both the first element and the field `0` of an element: MongoDB does not index that either.
function refuseAmbiguity(array: readonly Value[], part: string): void {
  if (!array.some((element) => isDocument(element) && element.has(part))) return;
  throw new CommandError(16746, `Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), field: '${part}'`);
}

function ended(field: IndexField, key: string): Cursor {
  return { field, depth: field.parts.length, state: undefined, key: field.direction === 1 ? key : invertKey(key) };
}

// All fields that stand at the same array go through its elements together: a compound key never mixes two elements.
function expand(cursors: readonly Cursor[], found: Set<string>): boolean {
  const stopped = cursors.find(({ key }) => key === undefined);
  if (!stopped) {
    found.add(cursors.map(({ key }) => key).join(''));
    return false;
  }
  const array = stopped.state;
  const other = cursors.find(({ key, state }) => key === undefined && state !== array);
  if (other) throw new CommandError(171, `cannot index parallel arrays [${other.field.parts[0]}] [${stopped.field.parts[0]}]`);
  if (!Array.isArray(array)) return false;
  const elements: readonly (Value | undefined)[] = array.length === 0 ? [undefined] : array;
  for (const element of elements) expand(cursors.map((cursor) => (cursor.key === undefined ? enter(cursor, element) : cursor)), found);
  return true;
}

function enter({ field, depth }: Cursor, element: Value | undefined): Cursor {
  if (depth === field.parts.length) return ended(field, element === undefined ? emptyArrayKey : keyOf(element));
  return isDocument(element) ? advance({ field, depth, state: element }) : ended(field, nullKey);
}
