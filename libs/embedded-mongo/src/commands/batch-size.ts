import { Arguments } from './arguments.js';
import type { Call } from './command.js';

/** The `cursor.batchSize` of a command that returns a cursor. */
export function cursorBatchSize({ args }: Pick<Call, 'args'>): number | undefined {
  const cursor = args.optionalDocument('cursor');
  return cursor && new Arguments('cursor', cursor).count('batchSize');
}
