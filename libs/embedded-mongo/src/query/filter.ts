import type { Expression } from '../aggregation/expression.js';
import type { BSONRegExp, Document, TypeName, Value } from '../bson/value.js';

/*
 * A parsed filter. The matcher, the planner, the positional operator and the upsert all read this one form, so that
 * they cannot understand a filter differently.
 */

/** A condition on a document. An empty `and` matches everything. */
export type Filter =
  | { readonly kind: 'and' | 'or' | 'nor'; readonly parts: readonly Filter[] }
  | { readonly kind: 'field'; readonly path: string; readonly test: Test }
  | { readonly kind: 'expression'; readonly expression: Expression };

/** A condition on the values that a path reaches. */
export type Test =
  | { readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte'; readonly value: Value }
  | { readonly op: 'in'; readonly values: readonly Value[]; readonly patterns: readonly Pattern[] }
  | { readonly op: 'pattern'; readonly pattern: Pattern }
  | { readonly op: 'exists'; readonly wanted: boolean }
  | { readonly op: 'type'; readonly types: readonly TypeName[] }
  | { readonly op: 'mod'; readonly divisor: number; readonly remainder: number }
  | { readonly op: 'size'; readonly size: number }
  | { readonly op: 'bits'; readonly positions: readonly number[]; readonly wanted: boolean; readonly every: boolean }
  | { readonly op: 'elementFilter'; readonly filter: Filter }
  | { readonly op: 'elementTests'; readonly tests: readonly Test[] }
  | { readonly op: 'all' | 'not'; readonly tests: readonly Test[] }
  | { readonly op: 'never' };

/** A regular expression, compiled, and as it was written. */
export interface Pattern {
  readonly source: BSONRegExp;
  readonly compiled: RegExp;
}

/** Matches every document. */
export const everything: Filter = { kind: 'and', parts: [] };

/** Whether a document of a filter holds operators (`{$gt: 1}`) rather than being a value to compare with. */
export function holdsOperators(value: Document): boolean {
  const first = value.keys().next().value;
  return first !== undefined && first.startsWith('$') && !(first === '$ref' || first === '$id' || first === '$db');
}
