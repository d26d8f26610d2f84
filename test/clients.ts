import type { Received } from '../services/gateway/test/fixtures.js';
import type { House } from './house.js';

/** Somebody's hand on the API. */
export type Client = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Received>;

export function client(house: House, token: string): Client {
  return (method, path, body, headers = {}) => house.as(token)(path, { method, headers, ...(body === undefined ? {} : { body }) });
}

let providers = 0;

/** A provider of its own for one test, with an administrator and an account manager, `usr_manager`. */
export async function newProvider(house: House): Promise<{ readonly tenantId: string; readonly admin: Client; readonly manager: Client }> {
  const tenantId = await house.provider(`harbour-${(providers += 1)}`);
  return { tenantId, admin: client(house, await house.staff(tenantId)), manager: client(house, await house.staff(tenantId, 'account_manager', 'usr_manager')) };
}

/** If-Match of what was read. */
export const matching = ({ headers }: Received): Readonly<Record<string, string>> => ({ 'if-match': headers.get('etag') ?? '' });

/** A text of an answer, such as its id. */
export function textIn({ body }: Received, field = 'id'): string {
  const value = body[field];
  if (typeof value !== 'string') throw new Error(`no ${field} in ${JSON.stringify(body)}`);
  return value;
}
