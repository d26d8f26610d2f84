import type { FieldError } from '@matricula/kernel';
import type { z } from 'zod';

const escaped = (key: PropertyKey): string => String(key).replaceAll('~', '~0').replaceAll('/', '~1');

/** zod's issues as field errors with JSON pointers; an unknown field points at the field itself. Source: RFC 6901. */
export function fieldErrors(error: z.ZodError): readonly FieldError[] {
  return error.issues
    .flatMap((issue) => {
      const at = issue.path.map((key) => `/${escaped(key)}`).join('');
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ pointer: `${at}/${escaped(key)}`, code: 'field.unknown', detail: 'This field does not exist here. Remove it.' }));
      const missing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
      return [{ pointer: at, code: missing ? 'field.missing' : `field.${issue.code.replaceAll('_', '-')}`, detail: issue.message }];
    })
    .slice(0, 100);
}

/** The pointer of the first text, key or value, that is no valid Unicode; the store would keep it as another text than was hashed. */
export function illFormed(value: unknown, pointer = ''): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : pointer;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (!key.isWellFormed()) return pointer;
    const found = illFormed(inner, `${pointer}/${escaped(key)}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
