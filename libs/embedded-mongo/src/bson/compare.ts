import { keyOf, rankOf } from './key-encoding.js';
import type { Value } from './value.js';

/** BSON's order over all values: negative, zero or positive. Agrees with the order of keys by construction. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0) return ranks;
  const x = asDouble(a);
  const y = asDouble(b);
  if (x !== undefined && y !== undefined && !Number.isNaN(x) && !Number.isNaN(y)) return x - y || 0;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  const aKey = keyOf(a);
  const bKey = keyOf(b);
  return aKey < bKey ? -1 : aKey > bKey ? 1 : 0;
}

export function equalValues(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  return compareValues(a, b) === 0;
}

// Only types whose every value a double holds exactly may take the short way. Infinity - Infinity is NaN: `|| 0` above.
function asDouble(value: Value): number | undefined {
  if (typeof value !== 'object' || value === null || !('_bsontype' in value)) return undefined;
  return value._bsontype === 'Int32' || value._bsontype === 'Double' ? value.value : undefined;
}
