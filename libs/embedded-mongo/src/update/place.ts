import { shown } from '../bson/shown-value.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { isArrayIndex, valueAt } from '../query/paths.js';

/** The parts of an update path; refuses empty names. */
export function pathParts(path: string): readonly string[] {
  if (path === '') throw new CommandError(56, 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.includes('')) throw new CommandError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
  if (parts[0]?.startsWith('$')) throw new CommandError(52, `The dollar ($) prefixed field '${parts[0]}' in '${path}' is not valid for storage.`);
  return parts;
}

/** A place in a document that an operator reads and writes; what leads there is made when something is put there. */
export class Place {
  constructor(private readonly root: Document, readonly parts: readonly string[]) {}

  get name(): string {
    return this.parts.at(-1) ?? '';
  }

  get value(): Value | undefined {
    return valueAt(this.root, this.parts);
  }

  /** Whether the place is in an array, however deep. */
  get isInArray(): boolean {
    return this.parts.some((_, depth) => Array.isArray(valueAt(this.root, this.parts.slice(0, depth))));
  }

  /** Throws 28 PathNotViable when a scalar is in the way. */
  set(value: Value): void {
    let holder: Value = this.root;
    for (const [depth, part] of this.parts.entries()) {
      const isLast = depth === this.parts.length - 1;
      if (isDocument(holder) || (Array.isArray(holder) && isArrayIndex(part))) {
        const found: Value | undefined = isLast ? undefined : valueAt(holder, [part]);
        const next: Value = isLast ? value : found === undefined ? new Map() : found;
        if (found === undefined) put(holder, part, next);
        holder = next;
      } else throw new CommandError(28, `Cannot create field '${part}' in element {${this.parts[depth - 1] ?? ''}: ${shown(holder)}}`);
    }
  }

  /** Removes the field; an array element becomes null, so that the others keep their places. */
  remove(): void {
    const parent = valueAt(this.root, this.parts.slice(0, -1));
    if (isDocument(parent)) parent.delete(this.name);
    else if (Array.isArray(parent) && isArrayIndex(this.name) && Number(this.name) < parent.length) parent[Number(this.name)] = null;
  }
}

function put(holder: Document | Value[], part: string, value: Value): void {
  if (isDocument(holder)) holder.set(part, value);
  else {
    const index = Number(part);
    if (index > holder.length + limits.arrayBackfill) throw new CommandError(2, `can't backfill more than ${limits.arrayBackfill} elements`);
    while (holder.length < index) holder.push(null);
    holder[index] = value;
  }
}
