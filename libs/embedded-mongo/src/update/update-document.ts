import { type Document, isDocument, typeName, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { type Filter, holdsOperators } from '../query/filter.js';
import { parseFilter } from '../query/filter-parser.js';
import { elementMatcherOf, matcherOf } from '../query/matcher.js';
import { pathParts } from './place.js';
import { type ArrayFilters, type Change, isOperatorName } from './updater.js';

/** A checked update document. */
export type Update =
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly arrayFilters: ArrayFilters }
  | { readonly kind: 'replacement'; readonly document: Document };

/** Parses an update document or a replacement. Throws MongoDB's errors, conflicts between paths included. */
export function parseUpdate(update: Document, arrayFilters: readonly Value[]): Update {
  if (update.size === 0 || !holdsOperators(update)) {
    if (arrayFilters.length > 0) throw new CommandError(9, 'arrayFilters may not be specified for a replacement-style update');
    for (const name of update.keys()) if (name.startsWith('$')) throw new CommandError(52, `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document.`);
    return { kind: 'replacement', document: update };
  }
  const changes = [...update].flatMap(([name, argument]) => parseModifier(name, argument));
  checkConflicts(changes);
  return { kind: 'changes', changes, arrayFilters: parseArrayFilters(arrayFilters, changes) };
}

function parseModifier(operator: string, argument: Value): Change[] {
  if (!isOperatorName(operator)) throw new CommandError(9, `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`);
  if (!isDocument(argument)) throw new CommandError(9, `Modifiers operate on fields but we found type ${typeName(argument)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ...}`);
  return [...argument].map(([path, value]) => {
    if (operator === '$rename' && typeof value !== 'string') throw new CommandError(2, `The 'to' field for $rename must be a string: ${path}: ${typeName(value)}`);
    return { operator, path, parts: pathParts(path), argument: value };
  });
}

// No path may be another's, or lead to it.
function checkConflicts(changes: readonly Change[]): void {
  const ends = new Set<string>();
  const inner = new Set<string>();
  for (const path of changes.flatMap(({ operator, path: one, argument }) => (operator === '$rename' && typeof argument === 'string' ? [one, argument] : [one]))) {
    const outer = path.split('.').map((_, length, parts) => parts.slice(0, length + 1).join('.'));
    const at = outer.find((part) => ends.has(part)) ?? (inner.has(path) ? path : undefined);
    if (at !== undefined) throw new CommandError(40, `Updating the path '${path}' would create a conflict at '${at}'`);
    ends.add(path);
    for (const part of outer.slice(0, -1)) inner.add(part);
  }
}

function parseArrayFilters(filters: readonly Value[], changes: readonly Change[]): ArrayFilters {
  const parsed = new Map<string, (element: Value) => boolean>();
  for (const filter of filters) {
    if (!isDocument(filter)) throw new CommandError(14, 'arrayFilters must be an array of objects');
    const condition = parseFilter(filter);
    const names = new Set(namesIn(condition));
    const [name] = names;
    if (name === undefined) throw new CommandError(9, 'Cannot use an expression without a top-level field name in arrayFilters');
    if (names.size > 1) throw new CommandError(9, `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${[...names].join("' and '")}'`);
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) throw new CommandError(2, `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`);
    if (parsed.has(name)) throw new CommandError(9, `Found multiple array filters with the same top-level field name ${name}`);
    if (!changes.some(({ parts }) => parts.includes(`$[${name}]`))) throw new CommandError(9, `The array filter for identifier '${name}' was not used in the update`);
    parsed.set(name, elementMatcher(condition, name));
  }
  return parsed;
}

function namesIn(filter: Filter): string[] {
  if (filter.kind === 'field') return [filter.path.split('.')[0] ?? ''];
  return filter.kind === 'expression' ? [] : filter.parts.flatMap(namesIn);
}

// The element stands where the identifier does: `{'e.id': 1}` looks at `id` of the element.
function elementMatcher(filter: Filter, name: string): (element: Value) => boolean {
  if (filter.kind === 'field' && filter.path === name) return elementMatcherOf([filter.test]);
  const matches = matcherOf(filter);
  return (element) => matches(new Map([[name, element]]));
}
