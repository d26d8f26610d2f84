import { type Document, isDocument, typeName, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { type Filter, holdsOperators } from '../query/filter.js';
import { parseFilter } from '../query/filter-parser.js';
import { elementMatcherOf, matcherOf } from '../query/matcher.js';

/** One change of one path, as the client wrote it: `$inc` of `a.b` by 1. */
export interface Change {
  readonly operator: OperatorName;
  readonly path: string;
  readonly parts: readonly string[];
  readonly argument: Value;
}

/** What `arrayFilters` says about an identifier: which elements `$[identifier]` means. */
export type ArrayFilters = ReadonlyMap<string, (element: Value) => boolean>;

/** A checked update document. */
export type Update =
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly arrayFilters: ArrayFilters }
  | { readonly kind: 'replacement'; readonly document: Document };

const operatorNames = ['$set', '$unset', '$inc', '$mul', '$min', '$max', '$rename', '$setOnInsert', '$currentDate', '$push', '$addToSet',
  '$pull', '$pullAll', '$pop', '$bit'] as const;
/** The update operators there are. */
export type OperatorName = (typeof operatorNames)[number];

function isOperatorName(name: string): name is OperatorName {
  return operatorNames.some((known) => known === name);
}

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
  if (!isOperatorName(operator)) {
    throw new CommandError(9, `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`);
  }
  if (!isDocument(argument)) {
    throw new CommandError(9, `Modifiers operate on fields but we found type ${typeName(argument)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ...}`);
  }
  return [...argument].map(([path, value]) => {
    if (operator === '$rename' && typeof value !== 'string') throw new CommandError(2, `The 'to' field for $rename must be a string: ${path}: ${typeName(value)}`);
    return { operator, path, parts: pathParts(path), argument: value };
  });
}

/** The parts of an update path; refuses empty names. */
export function pathParts(path: string): readonly string[] {
  if (path === '') throw new CommandError(56, 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.includes('')) throw new CommandError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
  if (parts[0]?.startsWith('$')) throw new CommandError(52, `The dollar ($) prefixed field '${parts[0]}' in '${path}' is not valid for storage.`);
  return parts;
}

function checkConflicts(changes: readonly Change[]): void {
  const seen = new Set<string>();
  const inner = new Map<string, string>();
  const claim = (path: string): void => {
    const parts = path.split('.');
    for (let length = 1; length <= parts.length; length++) {
      const outer = parts.slice(0, length).join('.');
      if (seen.has(outer)) throw conflict(path, outer);
    }
    if (inner.has(path)) throw conflict(path, path);
    seen.add(path);
    for (let length = 1; length < parts.length; length++) inner.set(parts.slice(0, length).join('.'), path);
  };
  for (const { operator, path, argument } of changes) {
    claim(path);
    if (operator === '$rename' && typeof argument === 'string') claim(argument);
  }
}

function conflict(path: string, at: string): CommandError {
  return new CommandError(40, `Updating the path '${path}' would create a conflict at '${at}'`);
}

const identifier = /^[a-z][a-zA-Z0-9]*$/;

function parseArrayFilters(filters: readonly Value[], changes: readonly Change[]): ArrayFilters {
  const parsed = new Map<string, (element: Value) => boolean>();
  for (const filter of filters) {
    if (!isDocument(filter)) throw new CommandError(14, 'arrayFilters must be an array of objects');
    const names = new Set<string>();
    collectNames(parseFilter(filter), names);
    const [name] = names;
    if (name === undefined) throw new CommandError(9, 'Cannot use an expression without a top-level field name in arrayFilters');
    if (names.size > 1) throw new CommandError(9, `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${[...names].join("' and '")}'`);
    if (!identifier.test(name)) throw new CommandError(2, `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`);
    if (parsed.has(name)) throw new CommandError(9, `Found multiple array filters with the same top-level field name ${name}`);
    if (!changes.some(({ parts }) => parts.includes(`$[${name}]`))) throw new CommandError(9, `The array filter for identifier '${name}' was not used in the update`);
    parsed.set(name, elementMatcher(parseFilter(filter), name));
  }
  return parsed;
}

function collectNames(filter: Filter, names: Set<string>): void {
  if (filter.kind === 'field') names.add(filter.path.split('.')[0] ?? '');
  else if (filter.kind !== 'expression') for (const part of filter.parts) collectNames(part, names);
}

// The element stands where the identifier does: `{'e.id': 1}` looks at `id` of the element.
function elementMatcher(filter: Filter, name: string): (element: Value) => boolean {
  if (filter.kind === 'field' && filter.path === name) return elementMatcherOf([filter.test]);
  const matches = matcherOf(filter);
  return (element) => matches(new Map([[name, element]]));
}
