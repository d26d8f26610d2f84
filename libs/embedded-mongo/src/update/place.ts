import { shown } from '../bson/shown-value.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { isArrayIndex, valueAt } from '../query/paths.js';

/** A place in a document that an operator reads and writes; what leads there is made when something is put there. */
export class Place {
  constructor(private readonly root: Document, readonly parts: readonly string[]) {}

  get name(): string {
    return this.parts.at(-1) ?? '';
  }

  get value(): Value | undefined {
    const parent = this.parent(false);
    if (isDocument(parent)) return parent.get(this.name);
    return Array.isArray(parent) && isArrayIndex(this.name) ? parent[Number(this.name)] : undefined;
  }

  /** Throws 28 PathNotViable when a scalar is in the way. */
  set(value: Value): void {
    const parent = this.parent(true);
    if (isDocument(parent)) parent.set(this.name, value);
    else if (Array.isArray(parent)) putElement(parent, this.name, value);
  }

  /** Removes the field; an array element becomes null, so that the others keep their places. */
  remove(): void {
    const parent = this.parent(false);
    if (isDocument(parent)) parent.delete(this.name);
    else if (Array.isArray(parent) && isArrayIndex(this.name) && Number(this.name) < parent.length) parent[Number(this.name)] = null;
  }

  /** Whether the place is in an array, however deep. */
  get isInArray(): boolean {
    return this.parts.some((_, depth) => Array.isArray(valueAt(this.root, this.parts.slice(0, depth))));
  }

  private parent(create: boolean): Value | undefined {
    let value: Value = this.root;
    for (const [depth, part] of this.parts.slice(0, -1).entries()) {
      const next = this.step(value, part, create);
      if (next === undefined) return undefined;
      if (!isDocument(next) && !Array.isArray(next)) {
        if (!create) return undefined;
        throw notViable(this.parts[depth + 1] ?? '', part, next);
      }
      value = next;
    }
    if (create && Array.isArray(value) && !isArrayIndex(this.name)) throw notViable(this.name, this.parts.at(-2) ?? '', value);
    return value;
  }

  private step(value: Value, part: string, create: boolean): Value | undefined {
    const isIndex = isArrayIndex(part);
    if (Array.isArray(value) && !isIndex) {
      if (!create) return undefined;
      throw notViable(part, this.parts[this.parts.indexOf(part) - 1] ?? '', value);
    }
    const found = isDocument(value) ? value.get(part) : Array.isArray(value) ? value[Number(part)] : undefined;
    if (found !== undefined || !create) return found;
    const made: Document = new Map();
    if (isDocument(value)) value.set(part, made);
    else if (Array.isArray(value)) putElement(value, part, made);
    return made;
  }
}

function putElement(array: Value[], part: string, value: Value): void {
  const index = Number(part);
  if (index > array.length + limits.arrayBackfill) throw new CommandError(2, `can't backfill more than ${limits.arrayBackfill} elements`);
  while (array.length < index) array.push(null);
  array[index] = value;
}

function notViable(field: string, holder: string, value: Value): CommandError {
  return new CommandError(28, `Cannot create field '${field}' in element {${holder}: ${shown(value)}}`);
}
