import type { Expression, Names } from '../aggregation/expression.js';
import { operators } from '../aggregation/expression-parser.js';
import { type Document, isDocument, isNumeric, isTruthy, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { elementOperator, type ElementOperator, positionalOperator } from './array-projection.js';
import type { Filter } from './filter.js';

/** Makes the document that the client asked for out of the stored one. */
export type Projection = (document: Document) => Document;

type Leaf =
  | { readonly kind: 'keep' | 'drop' }
  | { readonly kind: 'compute'; readonly expression: Expression; readonly isOperator: boolean }
  | { readonly kind: 'element'; readonly apply: ElementOperator };
interface Branch {
  readonly kind: 'branch';
  readonly members: Map<string, Node>;
}
type Node = Leaf | Branch;

/** How a specification is to be understood. */
export interface ProjectionRules {
  /** The filter of a `find`, for `array.$`, `$slice` and `$elemMatch`; `undefined` in a `$project` stage. */
  readonly findFilter: Filter | undefined;
  readonly names: Names;
}

/** Parses a projection; `undefined` when it asks for the document as it is. */
export function parseProjection(spec: Document, rules: ProjectionRules): Projection | undefined {
  if (spec.size === 0) return undefined;
  const leaves = [...flatten(spec, '', rules)];
  const idLeaf = leaves.find(([path]) => path === '_id')?.[1];
  const others = leaves.filter(([path, leaf]) => path !== '_id' || leaf.kind === 'compute');
  const inclusion = isInclusion(others.map(([, leaf]) => leaf), idLeaf);
  const refused = others.find(([, { kind }]) => (inclusion ? kind === 'drop' : kind === 'keep' || kind === 'compute'));
  if (refused) throw refusal(refused, inclusion);
  const tree = treeOf(leaves, inclusion);
  return (document) => (inclusion ? included(document, tree, document) : excluded(document, tree, document));
}

function refusal([path, leaf]: readonly [string, Leaf], inclusion: boolean): CommandError {
  if (inclusion) return new CommandError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
  if (leaf.kind !== 'compute') return new CommandError(31253, `Cannot do inclusion on field ${path} in exclusion projection`);
  return new CommandError(leaf.isOperator ? 31252 : 31310, `Cannot use an expression for field ${path} in an exclusion projection`);
}

// The first field that says what it is decides.
function isInclusion(leaves: readonly Leaf[], idLeaf: Leaf | undefined): boolean {
  const first = leaves.find(({ kind }) => kind !== 'element');
  if (first) return first.kind !== 'drop';
  const elements = leaves.filter((leaf) => leaf.kind === 'element');
  if (elements.length > 0) return elements.some(({ apply }) => apply.includes);
  return idLeaf?.kind === 'keep';
}

function* flatten(spec: Document, prefix: string, rules: ProjectionRules): Iterable<readonly [string, Leaf]> {
  for (const [name, value] of spec) {
    if (name === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
    if (!rules.findFilter && /\.\$(\.|$)/.test(name)) throw new CommandError(31324, `Cannot use positional projection in aggregation projection: ${name}`);
    if (isDocument(value) && value.size === 0) throw new CommandError(51270, `An empty sub-projection is not a valid value. Found empty object at path ${prefix}${name}`);
    const path = prefix + name;
    if (isDocument(value) && value.size > 0 && !value.keys().next().value?.startsWith('$')) yield* flatten(value, `${path}.`, rules);
    else yield leafOf(path, value, rules);
  }
}

function leafOf(path: string, value: Value, { findFilter, names }: ProjectionRules): readonly [string, Leaf] {
  if (typeof value === 'boolean' || isNumeric(value)) {
    if (findFilter && path.endsWith('.$')) return [path.slice(0, -2), { kind: 'element', apply: positionalOperator(findFilter, path.slice(0, -2)) }];
    return [path, { kind: isTruthy(value) ? 'keep' : 'drop' }];
  }
  const element = findFilter && isDocument(value) ? elementOperator(value) : undefined;
  if (element) return [path, { kind: 'element', apply: element }];
  const operator = isDocument(value) ? value.keys().next().value : undefined;
  if (operator?.startsWith('$') && !operators.has(operator)) throw new CommandError(31325, `Invalid $project :: caused by :: Unknown expression ${operator}`);
  return [path, { kind: 'compute', expression: names.compile(value), isOperator: operator !== undefined }];
}

function treeOf(leaves: readonly (readonly [string, Leaf])[], inclusion: boolean): Branch {
  const root: Branch = { kind: 'branch', members: new Map() };
  if (inclusion && !leaves.some(([path]) => path === '_id' || path.startsWith('_id.'))) root.members.set('_id', { kind: 'keep' });
  for (const [path, leaf] of leaves) {
    const parts = path.split('.');
    let branch = root;
    for (const part of parts.slice(0, -1)) {
      let next = branch.members.get(part);
      if (!next) branch.members.set(part, next = { kind: 'branch', members: new Map() });
      if (next.kind !== 'branch') throw new CommandError(31249, `Path collision at ${path}`);
      branch = next;
    }
    const last = parts.at(-1) ?? '';
    if (last.startsWith('$')) throw new CommandError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
    if (branch.members.has(last)) throw new CommandError(31250, `Path collision at ${path}`);
    branch.members.set(last, leaf);
  }
  return root;
}

function included(document: Document, branch: Branch, root: Document): Document {
  const result: Document = new Map();
  const idNode = branch.members.get('_id');
  const id = document === root ? document.get('_id') : undefined;
  // `_id` comes first whatever the order in the document.
  if (id !== undefined && idNode?.kind === 'keep') result.set('_id', id);
  for (const [name, value] of document) {
    const node = branch.members.get(name);
    const kept = node && includedValue(value, node, root);
    if (kept !== undefined) result.set(name, kept);
  }
  compute(result, branch, root);
  return result;
}

function includedValue(value: Value, node: Node, root: Document): Value | undefined {
  switch (node.kind) {
    case 'keep': return value;
    case 'drop': case 'compute': return undefined;
    case 'element': return node.apply.apply(value, root);
    case 'branch':
      if (isDocument(value)) return included(value, node, root);
      if (!Array.isArray(value)) return undefined;
      return value.flatMap((element) => {
        const kept = isDocument(element) || Array.isArray(element) ? includedValue(element, node, root) : undefined;
        return kept === undefined ? [] : [kept];
      });
  }
}

// Computed fields come after the kept ones, in the order in which they were written.
function compute(result: Document, { members }: Branch, root: Document): void {
  for (const [name, node] of members) {
    if (node.kind === 'compute') {
      const value = node.expression(root);
      if (value !== undefined) result.set(name, value);
    } else if (node.kind === 'branch' && !result.has(name) && computes(node)) result.set(name, included(new Map(), node, root));
  }
}

function computes({ members }: Branch): boolean {
  return [...members.values()].some((node) => node.kind === 'compute' || (node.kind === 'branch' && computes(node)));
}

function excluded(document: Document, branch: Branch, root: Document): Document {
  const result: Document = new Map();
  for (const [name, value] of document) {
    const node = branch.members.get(name);
    const left = node ? excludedValue(value, node, root) : value;
    if (left !== undefined) result.set(name, left);
  }
  return result;
}

function excludedValue(value: Value, node: Node, root: Document): Value | undefined {
  switch (node.kind) {
    case 'drop': return undefined;
    case 'keep': case 'compute': return value;
    case 'element': return node.apply.apply(value, root);
    case 'branch':
      if (isDocument(value)) return excluded(value, node, root);
      return Array.isArray(value) ? value.map((element) => excludedValue(element, node, root) ?? null) : value;
  }
}
