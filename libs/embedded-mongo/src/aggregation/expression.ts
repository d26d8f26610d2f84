import { type Document, isDocument, type Value } from '../bson/value.js';

/** A parsed aggregation expression. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'path'; readonly from: 'ROOT' | 'CURRENT'; readonly parts: readonly string[] }
  | { readonly kind: 'remove' }
  | { readonly kind: 'document'; readonly members: readonly (readonly [string, Expression])[] }
  | { readonly kind: 'array'; readonly elements: readonly Expression[] }
  | { readonly kind: 'call'; readonly operator: Operator; readonly args: readonly Expression[] };

/** What an operator does with its unevaluated arguments; it decides which of them to evaluate. */
export type Operator = (args: readonly Expression[], scope: Scope) => Value | undefined;

/** What `$field`, `$$CURRENT` and `$$ROOT` stand for. */
export interface Scope {
  readonly root: Document;
  readonly current: Document;
}

/** The value of an expression; `undefined` is a missing field. */
export function evaluate(expression: Expression, scope: Scope): Value | undefined {
  switch (expression.kind) {
    case 'literal': return expression.value;
    case 'path': return follow(expression.from === 'ROOT' ? scope.root : scope.current, expression.parts, 0);
    case 'remove': return undefined;
    case 'document': {
      const document: Document = new Map();
      for (const [name, member] of expression.members) {
        const value = evaluate(member, scope);
        if (value !== undefined) document.set(name, value);
      }
      return document;
    }
    case 'array': return expression.elements.map((element) => evaluate(element, scope) ?? null);
    case 'call': return expression.operator(expression.args, scope);
  }
}

// Unlike a filter's path, '$a.0' never indexes: an array gives the array of what its documents hold.
function follow(value: Value | undefined, parts: readonly string[], depth: number): Value | undefined {
  const part = parts[depth];
  if (part === undefined) return value;
  if (isDocument(value)) return follow(value.get(part), parts, depth + 1);
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((element) => {
    const found = isDocument(element) || Array.isArray(element) ? follow(element, parts, depth) : undefined;
    return found === undefined ? [] : [found];
  });
}
