import { notImplemented } from '../errors.js';
import type { Arguments } from './arguments.js';

/** Refuses every collation but the simple one: comparing texts in another way than asked would be a wrong answer. */
export function refuseCollation(args: Arguments): void {
  const collation = args.optionalDocument('collation');
  if (collation && collation.size > 0 && collation.get('locale') !== 'simple') throw notImplemented('collations');
}
