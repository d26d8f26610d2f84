import { compareValues } from '../bson/compare.js';
import { rankOf } from '../bson/key-encoding.js';
import type { Value } from '../bson/value.js';
import type { PathBounds } from './bounds.js';
import type { Filter, Test } from './filter.js';
import { elementMatcherOf } from './matcher.js';

/** Whether every document that meets the bounds is in a partial index with this filter. When in doubt, no. */
export function isImplied(partial: Filter, bounds: ReadonlyMap<string, PathBounds>): boolean {
  switch (partial.kind) {
    case 'and': return partial.parts.every((part) => isImplied(part, bounds));
    case 'or': return partial.parts.some((part) => isImplied(part, bounds));
    case 'field': {
      const bound = bounds.get(partial.path);
      return bound !== undefined && implies(bound, partial.test);
    }
    default: return false;
  }
}

function implies(bound: PathBounds, wanted: Test): boolean {
  if (bound.tests.some((test) => sameTest(test, wanted))) return true;
  const { points } = bound;
  if (points) {
    const matches = elementMatcherOf([wanted]);
    // Equality with null also finds documents without the field: only `{$eq: null}` is known to hold for them.
    return points.every((value) => (value === null ? wanted.op === 'eq' && wanted.value === null : matches(value)));
  }
  if (wanted.op === 'exists') return bound.lower !== undefined || bound.upper !== undefined || bound.prefix !== '' || bound.tests.some(needsValue);
  if (wanted.op === 'gt' || wanted.op === 'gte') return isTighter(bound.lower, wanted, 1);
  if (wanted.op === 'lt' || wanted.op === 'lte') return isTighter(bound.upper, wanted, -1);
  return false;
}

function needsValue(test: Test): boolean {
  return test.op === 'type' || test.op === 'size' || test.op === 'elementFilter' || test.op === 'elementTests';
}

type Bound = PathBounds['lower'];

function isTighter(have: Bound, wanted: Extract<Test, { value: Value }>, sign: 1 | -1): boolean {
  if (!have || rankOf(have.value) !== rankOf(wanted.value)) return false;
  const order = compareValues(have.value, wanted.value) * sign;
  return order > 0 || (order === 0 && (!have.inclusive || wanted.op === 'gte' || wanted.op === 'lte'));
}

function sameTest(a: Test, b: Test): boolean {
  switch (a.op) {
    case 'eq': case 'gt': case 'gte': case 'lt': case 'lte':
      return a.op === b.op && same(a.value, b.value);
    case 'in':
      return b.op === 'in' && a.patterns.length === 0 && a.values.every((value) => b.values.some((other) => same(value, other)));
    case 'exists':
      return b.op === 'exists' && a.wanted === b.wanted;
    case 'type':
      return b.op === 'type' && a.types.every((type) => b.types.includes(type));
    default:
      return false;
  }
}

function same(a: Value, b: Value): boolean {
  return compareValues(a, b) === 0;
}
