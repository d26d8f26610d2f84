import { isDocument, type Value } from '../bson/value.js';

const arrayIndex = /^(0|[1-9]\d{0,8})$/;

/** Whether a part of a path can name an element of an array. */
export function isArrayIndex(part: string): boolean {
  return arrayIndex.test(part);
}

/** Whether a path may go into an array by position: `lines.0.sku`, but not `0.sku`. */
export function isPositional(path: string): boolean {
  return path.split('.').some((part, depth) => depth > 0 && isArrayIndex(part));
}

/** The value at a path without looking into the elements of arrays, except where a part is an index. */
export function valueAt(root: Value | undefined, path: readonly string[]): Value | undefined {
  let value = root;
  for (const part of path) {
    if (isDocument(value)) value = value.get(part);
    else if (Array.isArray(value) && isArrayIndex(part)) value = value[Number(part)];
    else return undefined;
  }
  return value;
}

/**
 * Calls `test` for each value that a query path reaches, the documents inside arrays included, until it returns true.
 * A path that ends at a scalar or a missing field reaches `undefined`; an array of scalars is not gone into.
 */
export function reaches(value: Value | undefined, path: readonly string[], depth: number, test: (value: Value | undefined) => boolean): boolean {
  const part = path[depth];
  if (part === undefined) return test(value);
  if (isDocument(value)) return reaches(value.get(part), path, depth + 1, test);
  if (!Array.isArray(value)) return test(undefined);
  if (isArrayIndex(part) && Number(part) < value.length && reaches(value[Number(part)], path, depth + 1, test)) return true;
  return value.some((element) => isDocument(element) && reaches(element, path, depth, test));
}

/** All values a sort or a `distinct` sees at a path: arrays count by their elements. */
export function leavesAt(value: Value | undefined, path: readonly string[]): (Value | undefined)[] {
  const leaves: (Value | undefined)[] = [];
  collect(value, path, 0, leaves);
  return leaves;
}

function collect(value: Value | undefined, path: readonly string[], depth: number, leaves: (Value | undefined)[]): void {
  const part = path[depth];
  if (part === undefined) {
    if (Array.isArray(value)) leaves.push(...value);
    else leaves.push(value);
  } else if (isDocument(value)) collect(value.get(part), path, depth + 1, leaves);
  else if (Array.isArray(value)) {
    if (isArrayIndex(part) && Number(part) < value.length) collect(value[Number(part)], path, depth + 1, leaves);
    else for (const element of value) if (isDocument(element)) collect(element, path, depth, leaves);
  } else leaves.push(undefined);
}
