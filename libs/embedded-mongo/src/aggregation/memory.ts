import { Binary, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';

/** Counts a value as kept by a stage, and gives it back. Throws 146 when the stage keeps more than it may. */
export type Memory = <V extends Value>(value: V) => V;

/** The memory of one run of a stage. */
export function memoryOf(stage: string): Memory {
  let bytes = 0;
  return (value) => {
    bytes += sizeOf(value);
    if (bytes > limits.stageBytes) throw new CommandError(146, `${stage} exceeded the memory limit of ${limits.stageBytes} bytes; the embedded server cannot use the disk for it`);
    return value;
  };
}

const scalarBytes = 16;
const documentBytes = 64;

/** About as many bytes as the value has in BSON. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return scalarBytes + value.length;
  if (typeof value !== 'object' || value === null) return scalarBytes;
  if (value instanceof Map) {
    let bytes = documentBytes;
    for (const [name, member] of value) bytes += name.length + sizeOf(member);
    return bytes;
  }
  if (Array.isArray(value)) return value.reduce<number>((bytes, element) => bytes + sizeOf(element), scalarBytes);
  return value instanceof Binary ? scalarBytes + value.position : scalarBytes;
}
