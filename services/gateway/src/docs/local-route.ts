import type { z } from 'zod';
import type { ProblemCode } from '@matricula/contracts';

/** A route that a handler of the gateway itself answers, for the API reference. */
export interface LocalRoute {
  /** Absent: GET. */
  readonly method?: 'get' | 'put';
  readonly path: string;
  readonly name: string;
  /** Absent: me. */
  readonly tag?: string;
  readonly summary: string;
  /** Fields of path and query. */
  readonly query: z.ZodObject;
  /** The body is bytes. */
  readonly takesBytes?: true;
  /** What is answered: JSON, or bytes of these media types. */
  readonly reply: z.ZodType | { readonly bytes: readonly string[] };
  /** Without a token. */
  readonly open?: true;
  readonly rejects?: readonly ProblemCode[];
}
