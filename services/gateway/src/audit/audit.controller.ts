import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { audited, AuditEntry, AuditPosition, type AuditedService, type CallContext, type Page } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { demand, fieldErrors, RpcClient } from '@matricula/platform';
import { CalledBy, userOf } from '../auth/caller.js';
import type { LocalRoute } from '../docs/local-route.js';
import { linksOf } from '../http/answer.js';

const services = Object.keys(audited) as [AuditedService, ...AuditedService[]];
const Query = z.strictObject({
  service: z.enum(services).optional().meta({ description: 'Only what this service wrote' }),
  entity: z.string().min(1).max(80).optional().meta({ description: 'Only this kind of thing, such as account' }),
  entityId: z.string().min(1).max(120).optional(),
  account: z.string().min(1).max(80).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().max(500).optional(),
});
const Entries = z.object({ items: z.array(AuditEntry), next: z.string().nullable(), prev: z.null(), self: z.string() }).meta({ id: 'AuditEntries' });

export const auditRoute: LocalRoute = { path: '/v1/audit', name: 'audit.list', tag: 'audit', summary: 'The audit log of all services, newest first (PF-08)', query: Query, reply: Entries };

/** One log out of the logs of all services: each answers for its own, the newest of all come first. */
@Controller('v1/audit')
@CalledBy('user')
export class AuditController {
  constructor(private readonly rpc: RpcClient) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<z.output<typeof Entries>> {
    const { tenantId, actor } = userOf(request);
    demand({ actor }, 'audit.read');
    const query = Query.safeParse(request.query);
    if (!query.success) throw new Rejection('request.invalid', { errors: fieldErrors(query.error) });
    const page = await this.page({ tenantId, actor: { type: 'service', id: 'gateway', onBehalfOf: actor.id }, correlationId: request.id }, query.data);
    return { items: [...page.items], ...linksOf(request.url, page), prev: null };
  }

  private async page(ctx: CallContext, { service, account, limit, cursor, ...wanted }: z.output<typeof Query>): Promise<Page<AuditEntry>> {
    const asked = { ...wanted, accountId: account, limit, before: cursor === undefined ? undefined : positionOf(cursor) };
    const answers = await Promise.all((service === undefined ? services : [service]).map((name) => this.rpc.call(audited[name], ctx, asked)));
    const newest = answers.flatMap((answer) => answer.items).toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1));
    const items = newest.slice(0, limit);
    const last = items.at(-1);
    const more = newest.length > limit || answers.some((answer) => answer.items.length === limit);
    return { items, next: last && more ? Buffer.from(JSON.stringify({ at: last.at, id: last.id })).toString('base64url') : null, prev: null };
  }
}

function positionOf(cursor: string): AuditPosition {
  try {
    return AuditPosition.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new Rejection('request.invalid', { errors: [{ pointer: '/cursor', code: 'field.cursor', detail: 'Use a cursor as it was returned, or leave it out for the first page.' }] });
  }
}
