import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { chance } from '@matricula/testing/chance';
import { fromJs, toJs } from '../../test/js-document.js';
import { CommandError } from '../errors.js';
import { everything } from '../query/filter.js';
import { applyChanges } from './updater.js';
import { parseUpdate } from './update-document.js';

type Scalar = number | string | null;
type Field = Scalar | readonly Scalar[];
type Fields = Readonly<Record<string, Field>>;
/** One operator on one field. */
type Step = readonly [operator: string, path: string, argument: Field];

const isList = (value: Field | undefined): value is readonly Scalar[] => Array.isArray(value);
const rank = (value: Field): number => (value === null ? 0 : typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : 3);

/** BSON's order, as the manual tells it, for what this test makes. */
function order(a: Field, b: Field): number {
  if (isList(a) && isList(b)) {
    const at = a.findIndex((value, index) => index >= b.length || order(value, b[index] ?? null) !== 0);
    return at < 0 ? a.length - b.length : at >= b.length ? 1 : order(a[at] ?? null, b[at] ?? null);
  }
  return rank(a) - rank(b) || (a === b ? 0 : (a ?? 0) < (b ?? 0) ? -1 : 1);
}

/** What the manual says that an operator makes of a field: the new value, `undefined` for none, or the code of its refusal. */
function reference(operator: string, before: Field | undefined, argument: Field): { readonly value: Field | undefined } | { readonly code: number } {
  const list = isList(before) ? before : [];
  switch (operator) {
    case '$set': return { value: argument };
    case '$unset': return { value: undefined };
    case '$inc': case '$mul':
      if (typeof argument !== 'number' || (before !== undefined && typeof before !== 'number')) return { code: 14 };
      return { value: operator === '$inc' ? (before ?? 0) + argument : (before ?? 0) * argument };
    case '$min': return { value: before === undefined || order(argument, before) < 0 ? argument : before };
    case '$max': return { value: before === undefined || order(argument, before) > 0 ? argument : before };
    case '$push': return before === undefined || isList(before) ? { value: [...list, ...(isList(argument) ? [] : [argument])] } : { code: 2 };
    case '$addToSet': return before === undefined || isList(before) ? { value: list.some((value) => value === argument) ? list : [...list, ...(isList(argument) ? [] : [argument])] } : { code: 2 };
    case '$pull': return before === undefined || isList(before) ? { value: before && list.filter((value) => value !== argument) } : { code: 2 };
    default: // $pop
      if (before !== undefined && !isList(before)) return { code: 14 };
      return { value: before && (argument === 1 ? list.slice(0, -1) : list.slice(1)) };
  }
}

const scalar = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('x', 'y'), fc.constant(null));
const field: fc.Arbitrary<Field> = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }));
const path = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom('$set', '$min', '$max', '$inc', '$mul'), path, field),
  fc.tuple(fc.constantFrom('$addToSet', '$pull', '$push', '$unset'), path, scalar),
  fc.tuple(fc.constant('$pop'), path, fc.constantFrom(1, -1)),
);

function updated(before: Fields, steps: readonly Step[]): object {
  const change: Record<string, Record<string, Field>> = {};
  for (const [operator, name, argument] of steps) change[operator] = { ...change[operator], [name]: argument };
  const document = fromJs(before);
  const parsed = parseUpdate(fromJs(change), []);
  if (parsed.kind === 'changes') applyChanges(document, parsed.changes, { filter: everything, arrayFilters: parsed.arrayFilters, now: new Date(0) });
  return toJs(document);
}

/** The fold: the operators in the order of their paths, fields that are new at the end. */
function folded(before: Fields, steps: readonly Step[]): { readonly document: object } | { readonly code: number } {
  const document = new Map<string, Field>(Object.entries(before));
  for (const [operator, name, argument] of steps.toSorted(([, x], [, y]) => (x < y ? -1 : 1))) {
    const result = reference(operator, document.get(name), argument);
    if ('code' in result) return result;
    if (result.value === undefined) document.delete(name);
    else document.set(name, result.value);
  }
  return { document: Object.fromEntries(document) };
}

describe('update operators', () => {
  it('equal a fold of what the manual says of each, fields in order and refusals included', () => {
    const steps = fc.uniqueArray(step, { selector: ([, name]) => name, minLength: 1, maxLength: 5 });
    fc.assert(fc.property(fc.dictionary(path, field, { noNullPrototype: true }), steps, (before, change) => {
      const expected = folded(before, change);
      if ('document' in expected) expect(JSON.stringify(updated(before, change))).toBe(JSON.stringify(expected.document));
      else {
        expect(() => updated(before, change)).toThrow(CommandError);
        expect(() => updated(before, change)).toThrow(expect.objectContaining({ code: expected.code }));
      }
    }), chance(2000));
  });
});
