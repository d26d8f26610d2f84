import { shown } from '../bson/shown-value.js';
import type { Document } from '../bson/value.js';
import { CommandError } from '../errors.js';
import type { Filter } from '../query/filter.js';
import { positionOf } from '../query/matcher.js';
import { valueAt } from '../query/paths.js';
import type { ArrayFilters, Change } from './update-document.js';

/** What decides which elements `$`, `$[]` and `$[name]` mean. */
export interface Positions {
  /** The filter that found the document; `undefined` on an upsert, where nothing was found. */
  readonly filter: Filter | undefined;
  readonly arrayFilters: ArrayFilters;
}

const noMatch = 'The positional operator did not find the match needed from the query.';

/** The concrete paths of a change, on the document as it was before the update. */
export function expandPath(document: Document, change: Change, positions: Positions): (readonly string[])[] {
  if (!change.path.includes('$')) return [change.parts];
  let paths: (readonly string[])[] = [[]];
  for (const part of change.parts) paths = paths.flatMap((path) => expandPart(document, [...path], { part, change, positions }));
  return paths;
}

interface Part {
  readonly part: string;
  readonly change: Change;
  readonly positions: Positions;
}

function expandPart(document: Document, path: string[], { part, change, positions }: Part): string[][] {
  if (part === '$') {
    const index = positions.filter && positionOf(positions.filter, document, path.join('.'));
    if (index === undefined) throw new CommandError(2, noMatch);
    return [[...path, String(index)]];
  }
  if (!part.startsWith('$[') || !part.endsWith(']')) return [[...path, part]];
  const name = part.slice(2, -1);
  const matches = positions.arrayFilters.get(name);
  if (name !== '' && !matches) throw new CommandError(2, `No array filter found for identifier '${name}' in path '${change.path}'`);
  const array = valueAt(document, path);
  if (array === undefined) throw new CommandError(2, `The path '${path.join('.')}' must exist in the document in order to apply array updates.`);
  if (!Array.isArray(array)) throw new CommandError(2, `Cannot apply array updates to non-array element ${path.at(-1) ?? ''}: ${shown(array)}`);
  return array.flatMap((element, index) => (!matches || matches(element) ? [[...path, String(index)]] : []));
}
