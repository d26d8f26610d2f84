import { isNativeError } from 'node:util/types';

const longest = 300;

/** Why something outside did not work, in one short line for a person: the system's code when there is one. */
export function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return 'unknown';
  const text = 'code' in error && typeof error.code === 'string' && error.code.startsWith('E') ? `${error.code}: ${error.message}` : error.message;
  return text.replaceAll(/\s+/g, ' ').slice(0, longest);
}
