import { Controller, Get, Inject, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BeginViewing, Id, type CallContext } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { demand, RpcClient } from '@matricula/platform';
import { CalledBy, userOf } from '../auth/caller.js';
import { Standing } from '../auth/standing.js';
import { reasonOf } from '../http/call-context.js';
import { incomingOf } from '../http/incoming.js';
import type { LocalRoute } from '../docs/local-route.js';
import { AccountSections } from './account-sections.js';
import { MyAccount } from './my-account.js';

const Path = z.strictObject({ accountId: Id, personId: Id });

export const viewAsRoute: LocalRoute = {
  path: '/v1/accounts/{accountId}/view-as/{personId}', name: 'accounts.viewAs', tag: 'accounts', query: Path, reply: MyAccount,
  summary: 'The account as this person would see it at GET /v1/me/account. For staff; read only; every use is in the audit log, with X-Reason if sent',
};

/** Staff look at an account as one of its people sees it. The actor is marked: whoever gets it refuses to change anything for it. */
@Controller('v1/accounts/:accountId/view-as')
@CalledBy('user')
export class ViewAsController {
  // by token: what a decorated parameter alone names is no value at run time under every compiler
  constructor(
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(Standing) private readonly standing: Standing,
    @Inject(AccountSections) private readonly sections: AccountSections,
  ) {}

  @Get(':personId')
  async viewAs(@Req() request: FastifyRequest): Promise<z.output<typeof MyAccount>> {
    const path = Path.safeParse(request.params);
    if (!path.success) throw new Rejection('resource.not-found');
    const { accountId, personId } = path.data;
    const { tenantId, actor } = userOf(request);
    demand({ actor }, 'view-as.read', accountId);
    const asker = { tenantId, userId: personId, sessionId: actor.sessionId, correlationId: request.id };
    const own: CallContext = { tenantId, actor: { type: 'service', id: 'gateway', onBehalfOf: actor.id }, correlationId: request.id, clientAddress: request.ip, reason: reasonOf(incomingOf(request)) };
    const { role } = await this.rpc.call(BeginViewing, own, { accountId, personId, viewerId: actor.id });
    const seenBy = await this.standing.inForce(asker, { userId: personId, roles: [], grants: [{ accountId, personId, role }] });
    return this.sections.of({ ...own, actor: { ...seenBy, viewedBy: actor.id } }, accountId);
  }
}
