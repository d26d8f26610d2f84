import { type Document, isNumeric, toNumber, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import type { Filter } from './filter.js';
import { parseCondition } from './filter-parser.js';
import { matcherOf, positionOf } from './matcher.js';

/** What a find's projection does to one array. */
export interface ElementOperator {
  /** Whether the operator by itself makes the projection an inclusion. */
  readonly includes: boolean;
  readonly apply: (value: Value, root: Document) => Value | undefined;
}

/** `$slice` or `$elemMatch` of a find's projection; `undefined` when the document is an expression. */
export function elementOperator(spec: Document): ElementOperator | undefined {
  const slice = spec.get('$slice');
  const elemMatch = spec.get('$elemMatch');
  if (spec.size !== 1) return undefined;
  if (slice !== undefined) return sliceOperator(slice);
  if (elemMatch === undefined) return undefined;
  const [test] = parseCondition('', spec);
  const matches = matcherOf(test ? { kind: 'field', path: 'v', test } : { kind: 'or', parts: [] });
  return {
    includes: true,
    apply: (value) => {
      const found = Array.isArray(value) ? value.find((element) => matches(new Map([['v', [element]]]))) : undefined;
      return found === undefined ? undefined : [found];
    },
  };
}

function sliceOperator(argument: Value): ElementOperator {
  const numbers = (Array.isArray(argument) ? argument : [argument]).map((value) => (isNumeric(value) ? Math.trunc(toNumber(value)) : Number.NaN));
  const [first = Number.NaN, count] = numbers;
  if (numbers.length > 2 || numbers.some(Number.isNaN)) throw new CommandError(28724, 'First argument to $slice must be an array, but is of type: int');
  if (count !== undefined && count <= 0) throw new CommandError(28724, 'the second argument to $slice must be positive');
  return {
    includes: false,
    apply: (value) => {
      if (!Array.isArray(value)) return value;
      if (count === undefined) return first >= 0 ? value.slice(0, first) : value.slice(first);
      const start = first >= 0 ? first : Math.max(0, value.length + first);
      return value.slice(start, start + count);
    },
  };
}

/** `array.$`: the element that made the document match. Throws 51246 when no condition of the filter tells which. */
export function positionalOperator(filter: Filter, path: string): ElementOperator {
  return {
    includes: true,
    apply: (value, root) => {
      if (!Array.isArray(value)) return value;
      const index = positionOf(filter, root, path);
      const element = index === undefined ? undefined : value[index];
      if (element === undefined) {
        throw new CommandError(51246, "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array");
      }
      return [element];
    },
  };
}
