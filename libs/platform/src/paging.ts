import { Rejection } from '@matricula/kernel';
import type { mongo } from 'mongoose';
import type { Page } from '@matricula/contracts';
import type { Collection } from './mongo.js';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** The page ends before its documents outgrow this (as JSON), but has one at least: a reply on NATS is at most 1 MB. */
  readonly maxBytes?: number | undefined;
}
interface Sort {
  readonly field: string;
  readonly order: 1 | -1;
}
interface Position {
  readonly value: unknown;
  readonly id: string;
  readonly back: boolean;
}
interface Keyed extends mongo.Document {
  readonly _id: string;
}

const encode = (position: Position): string => Buffer.from(JSON.stringify([position.value instanceof Date ? { $d: position.value.toISOString() } : position.value, position.id, position.back ? 1 : 0])).toString('base64url');

function decode(cursor: string): Position {
  try {
    const [value, id, back]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (typeof id !== 'string') throw new TypeError('no id');
    const date = typeof value === 'object' && value !== null && '$d' in value ? new Date(String(value.$d)) : undefined;
    if (date === undefined && !['string', 'number', 'boolean'].includes(typeof value)) throw new TypeError('no value');
    return { value: date ?? value, id, back: back === 1 };
  } catch {
    throw new Rejection('request.invalid', { errors: [{ pointer: '/cursor', code: 'field.cursor', detail: 'Use a cursor as it was returned, or leave it out for the first page.' }] });
  }
}

const read = (document: Keyed, field: string): unknown => field.split('.').reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Object.getOwnPropertyDescriptor(inner, key)?.value : undefined), document);

/** What fits on the page, and whether something is left. */
async function fitting<D>(documents: AsyncIterable<D>, { limit, maxBytes }: PageRequest): Promise<{ readonly found: readonly D[]; readonly more: boolean }> {
  const found: D[] = [];
  let bytes = 0;
  for await (const document of documents) {
    if (maxBytes !== undefined) bytes += Buffer.byteLength(JSON.stringify(document));
    if (found.length === limit || (found.length > 0 && bytes > (maxBytes ?? Number.POSITIVE_INFINITY))) return { found, more: true };
    found.push(document);
  }
  return { found, more: false };
}

/** One page by keyset on (sort field, _id): costs the same on page one and page thousand. The filter must hold the tenant. */
export async function pageOf<D extends Keyed>(collection: Collection<D>, filter: Readonly<Record<string, unknown>> & { readonly tenantId: string }, sort: Sort, request: PageRequest): Promise<Page<D>> {
  const position = request.cursor === undefined ? undefined : decode(request.cursor);
  const back = position?.back ?? false;
  const order = back ? -sort.order : sort.order;
  const past = order === 1 ? '$gt' : '$lt';
  // beside the filter and not in it: the filter may have an $or of its own
  const from = position ? { $and: [{ $or: [{ [sort.field]: { [past]: position.value } }, { [sort.field]: position.value, _id: { [past]: position.id } }] }] } : {};
  const { found, more } = await fitting(collection.find({ ...filter, ...from } as never, { sort: { [sort.field]: order, _id: order } as never, limit: request.limit + 1 }), request);
  const items = (back ? found.toReversed() : found) as unknown as readonly D[];
  const first = items[0];
  const last = items.at(-1);
  const hasNext = back ? position !== undefined : more;
  const hasPrev = back ? more : position !== undefined;
  return {
    items,
    next: last && hasNext ? encode({ value: read(last, sort.field), id: last._id, back: false }) : null,
    prev: first && hasPrev ? encode({ value: read(first, sort.field), id: first._id, back: true }) : null,
  };
}
