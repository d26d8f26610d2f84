import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { capabilitiesOf, GetAccount, isStaff, type CallContext } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { fieldErrors, RpcClient } from '@matricula/platform';
import { accountHeader, inAccount } from '../auth/account-switch.js';
import { CalledBy, userOf } from '../auth/caller.js';
import { header } from '../http/incoming.js';
import { AccountSections, section } from './account-sections.js';
import { MyAccountQuery, type MyAccount, type MyAccounts, type MyCapabilities } from './my-account.js';

function ctxOf(request: FastifyRequest): CallContext {
  const { tenantId, actor } = userOf(request);
  return { tenantId, actor: inAccount(actor, header(request, accountHeader)), correlationId: request.id, clientAddress: request.ip };
}

/** The account asked for by `?account=` or X-Account, or the only one the caller has. */
function chosenAccount(ctx: CallContext, request: FastifyRequest): string {
  const parsed = MyAccountQuery.safeParse(request.query);
  if (!parsed.success) throw new Rejection('request.invalid', { errors: fieldErrors(parsed.error) });
  const mine = ctx.actor.type === 'user' ? [...new Set(ctx.actor.grants.map((g) => g.accountId))] : [];
  const account = parsed.data.account ?? header(request, accountHeader);
  if (account !== undefined) {
    if (!mine.includes(account) && !isStaff(ctx.actor)) throw new Rejection('resource.not-found');
    return account;
  }
  const [only, ...others] = mine;
  if (only === undefined && !isStaff(ctx.actor)) throw new Rejection('resource.not-found');
  if (only === undefined || others.length > 0) throw new Rejection('request.invalid', { errors: [{ pointer: '/account', code: 'field.missing', detail: 'Say which account: ?account=… (GET /v1/me/accounts lists yours).' }] });
  return only;
}

/** The caller's own view. */
@Controller('v1/me')
@CalledBy('user')
export class MeController {
  constructor(
    private readonly rpc: RpcClient,
    private readonly sections: AccountSections,
  ) {}

  @Get('account')
  async account(@Req() request: FastifyRequest): Promise<z.output<typeof MyAccount>> {
    const ctx = ctxOf(request);
    return this.sections.of(ctx, chosenAccount(ctx, request));
  }

  @Get('accounts')
  async accounts(@Req() request: FastifyRequest): Promise<z.output<typeof MyAccounts>> {
    const ctx = ctxOf(request);
    const { actor } = userOf(request);
    const items = actor.grants.map(async (grant) => {
      const account = await section(ctx, { permission: 'accounts.read', accountId: grant.accountId }, () => this.rpc.call(GetAccount, ctx, { accountId: grant.accountId }));
      const known = account && !('error' in account) ? account : { name: null, code: null };
      const { accountId, personId, role } = grant;
      return { accountId, personId, role, name: known.name, code: known.code };
    });
    return { items: await Promise.all(items) };
  }

  @Get('capabilities')
  capabilities(@Req() request: FastifyRequest): z.output<typeof MyCapabilities> {
    const told = capabilitiesOf(userOf(request).actor);
    return { capabilities: told.map(({ within, ...c }) => ({ ...c, permissions: [...c.permissions], features: [...c.features], ...(within ? { within: [...within] } : {}) })) };
  }
}
