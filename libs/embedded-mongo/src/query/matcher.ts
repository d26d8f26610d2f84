import { compareValues, equalValues } from '../bson/compare.js';
import { keyOf, rankOf } from '../bson/key-encoding.js';
import { type Document, isDocument, isNumeric, isTruthy, MaxKey, MinKey, toNumber, typeOf, type Value } from '../bson/value.js';
import { bitsOf } from './bits.js';
import type { Filter, Test } from './filter.js';
import { isArrayIndex, reaches } from './paths.js';

/** Tells whether a document satisfies a filter. */
export type Matcher = (document: Document) => boolean;
type ValueTest = (value: Value | undefined) => boolean;

/** Compiles a filter into one function. */
export function matcherOf(filter: Filter): Matcher {
  switch (filter.kind) {
    case 'and': {
      const parts = filter.parts.map(matcherOf);
      return (document) => parts.every((part) => part(document));
    }
    case 'or': {
      const parts = filter.parts.map(matcherOf);
      return (document) => parts.some((part) => part(document));
    }
    case 'nor': {
      const parts = filter.parts.map(matcherOf);
      return (document) => !parts.some((part) => part(document));
    }
    case 'field':
      return onPath(filter.path, filter.test);
    case 'expression':
      return (document) => isTruthy(filter.expression(document));
  }
}

/** Compiles the condition of a `$pull` or of an array filter: applied to the value itself, as an array element is. */
export function elementMatcherOf(tests: readonly Test[]): (value: Value) => boolean {
  const compiled = tests.map((test) => pathTest(test));
  return (value) => compiled.every((test) => test(new Map([['v', value]]), ['v']));
}

type PathTest = (root: Document, path: readonly string[]) => boolean;

function onPath(path: string, test: Test): Matcher {
  const parts = path.split('.');
  const compiled = pathTest(test);
  return (document) => compiled(document, parts);
}

/** How a test looks at a path: at each value and each element of an array, or at the arrays as such. */
function pathTest(test: Test): PathTest {
  switch (test.op) {
    case 'not': {
      const parts = test.tests.map(pathTest);
      return (root, path) => !parts.every((part) => part(root, path));
    }
    case 'all': {
      const parts = test.tests.map(pathTest);
      return (root, path) => parts.every((part) => part(root, path));
    }
    case 'exists':
      return (root, path) => reaches(root, path, 0, (value) => value !== undefined) === test.wanted;
    case 'size':
      return (root, path) => reaches(root, path, 0, (value) => Array.isArray(value) && value.length === test.size);
    case 'elementFilter': {
      const matches = elementDocumentMatcher(test.filter);
      return (root, path) => reaches(root, path, 0, (value) => Array.isArray(value) && value.some(matches));
    }
    case 'elementTests': {
      const matches = elementMatcherOf(test.tests);
      return (root, path) => reaches(root, path, 0, (value) => Array.isArray(value) && value.some(matches));
    }
    case 'never':
      return () => false;
    default: {
      const matches = leafTest(test);
      const leaf: ValueTest = (value) => matches(value) || (Array.isArray(value) && value.some(matches));
      return (root, path) => reaches(root, path, 0, leaf);
    }
  }
}

// An array inside an array is looked at like a document whose names are its indexes.
function elementDocumentMatcher(filter: Filter): (value: Value) => boolean {
  const matches = matcherOf(filter);
  return (value) => {
    if (isDocument(value)) return matches(value);
    return Array.isArray(value) && matches(new Map(value.map((element, index) => [String(index), element])));
  };
}

type LeafTest = Extract<Test, { op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'pattern' | 'type' | 'mod' | 'bits' }>;

function leafTest(test: LeafTest): ValueTest {
  switch (test.op) {
    case 'eq': {
      const wanted = test.value;
      return (value) => (value === undefined ? wanted === null : equalValues(value, wanted));
    }
    case 'gt': case 'gte': case 'lt': case 'lte':
      return comparison(test.op, test.value);
    case 'in': {
      const keys = new Set(test.values.map((value) => keyOf(value)));
      return (value) => keys.has(keyOf(value)) || (typeof value === 'string' && test.patterns.some(({ compiled }) => compiled.test(value)));
    }
    case 'pattern': {
      const { compiled, source } = test.pattern;
      return (value) => (typeof value === 'string' ? compiled.test(value) : value !== undefined && typeOf(value) === 'regex' && equalValues(value, source));
    }
    case 'type': {
      const types = new Set(test.types);
      return (value) => value !== undefined && types.has(typeOf(value));
    }
    case 'mod':
      return (value) => {
        if (!isNumeric(value)) return false;
        const number = toNumber(value);
        return Number.isFinite(number) && Math.trunc(number) % test.divisor === test.remainder;
      };
    case 'bits':
      return (value) => {
        const isSet = bitsOf(value);
        return isSet !== undefined && test.positions[test.every ? 'every' : 'some']((position) => isSet(position) === test.wanted);
      };
  }
}

const accepts = {
  gt: (order: number) => order > 0,
  gte: (order: number) => order >= 0,
  lt: (order: number) => order < 0,
  lte: (order: number) => order <= 0,
};

/** Ranges stay inside one type: 5 is neither above nor below 'a'. NaN is only equal to NaN. */
function comparison(op: keyof typeof accepts, bound: Value): ValueTest {
  const rank = rankOf(bound);
  const accept = accepts[op];
  const orEqual = op === 'gte' || op === 'lte';
  // Everything else lies above MinKey and below MaxKey, a missing field included.
  if (bound instanceof MinKey || bound instanceof MaxKey) return (value) => (value !== undefined && rankOf(value) === rank ? orEqual : op.startsWith(bound instanceof MinKey ? 'g' : 'l'));
  if (isNaNumber(bound)) return (value) => orEqual && isNaNumber(value);
  if (bound === null) return (value) => orEqual && (value === undefined || value === null);
  return (value) => {
    if (value === undefined || rankOf(value) !== rank) return false;
    return !isNaNumber(value) && accept(compareValues(value, bound));
  };
}

function isNaNumber(value: Value | undefined): boolean {
  return isNumeric(value) && Number.isNaN(toNumber(value));
}

/**
 * The index of the array element that made the document match, for the positional `$`: the last condition on the array
 * itself decides, else the first array on the way of any condition.
 */
export function positionOf(filter: Filter, document: Document, arrayPath: string): number | undefined {
  const conditions = [...fieldConditions(filter)];
  let found: number | undefined;
  for (const { path, test } of conditions) {
    if (path === arrayPath || path.startsWith(`${arrayPath}.`)) found = firstElement(document, arrayPath, path, test) ?? found;
  }
  if (found !== undefined) return found;
  for (const { path, test } of conditions) {
    const parts = path.split('.');
    for (let length = 1; length <= parts.length; length++) {
      const index = firstElement(document, parts.slice(0, length).join('.'), path, test);
      if (index !== undefined) return index;
    }
  }
  return undefined;
}

function* fieldConditions(filter: Filter): Iterable<Extract<Filter, { kind: 'field' }>> {
  if (filter.kind === 'field') yield filter;
  else if (filter.kind === 'and' || filter.kind === 'or') for (const part of filter.parts) yield* fieldConditions(part);
}

function firstElement(document: Document, arrayPath: string, path: string, test: Test): number | undefined {
  let array: Value | undefined = document;
  for (const part of arrayPath.split('.')) {
    if (Array.isArray(array)) array = isArrayIndex(part) ? array[Number(part)] : undefined;
    else array = isDocument(array) ? array.get(part) : undefined;
  }
  if (!Array.isArray(array) || test.op === 'not') return undefined;
  const rest = path === arrayPath ? [] : path.slice(arrayPath.length + 1).split('.');
  if (isArrayIndex(rest[0] ?? '')) return undefined;
  const matches = pathTest(test);
  const index = array.findIndex((element) => {
    if (rest.length > 0) return isDocument(element) && matches(element, rest);
    // $elemMatch, $size and equality with a whole array look at the array itself: give each element its own.
    return matches(new Map([['v', [element]]]), ['v']);
  });
  return index < 0 ? undefined : index;
}
