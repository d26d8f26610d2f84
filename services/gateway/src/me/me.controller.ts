import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { capabilitiesOf, GetAccount, GetBillingAccount, isStaff, ListEnrolments, ListMakeupTokens, may, Permission, type CallContext } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { fieldErrors, RpcClient } from '@matricula/platform';
import { accountHeader, inAccount } from '../auth/account-switch.js';
import { CalledBy, userOf } from '../auth/caller.js';
import { linksOf } from '../http/answer.js';
import { header } from '../http/incoming.js';
import { refusalOf } from '../http/problem.js';
import { MyAccountQuery, type MyAccount, type MyAccounts, type MyCapabilities } from './my-account.js';

type Section<T> = T | { readonly error: { readonly code: string } } | undefined;

const enrolmentsShown = 100;

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

/** The caller's own view, composed of what the services say; one of them failing costs its part only. */
@Controller('v1/me')
@CalledBy('user')
export class MeController {
  constructor(private readonly rpc: RpcClient) {}

  @Get('account')
  async account(@Req() request: FastifyRequest): Promise<z.output<typeof MyAccount>> {
    const ctx = ctxOf(request);
    const accountId = chosenAccount(ctx, request);
    const see = <T>(permission: Permission, read: () => Promise<T>): Promise<Section<T>> => section(ctx, permission, accountId, read);
    const [account, billing, enrolments, makeupTokens] = await Promise.all([
      see('accounts.read', () => this.rpc.call(GetAccount, ctx, { accountId })),
      see('billing.read', () => this.rpc.call(GetBillingAccount, ctx, { accountId })),
      see('enrolments.read', () => this.enrolments(ctx, accountId)),
      see('enrolments.read', () => this.rpc.call(ListMakeupTokens, ctx, { accountId })),
    ]);
    if (account && 'error' in account && account.error.code === 'resource.not-found') throw new Rejection('resource.not-found');
    const capabilities = Permission.options.filter((p) => may(ctx.actor, p, accountId) === 'yes');
    return { accountId, account, billing, enrolments, makeupTokens, capabilities };
  }

  private async enrolments(ctx: CallContext, accountId: string) {
    const page = await this.rpc.call(ListEnrolments, ctx, { accountId, limit: enrolmentsShown });
    return { items: page.items, next: linksOf(`/v1/accounts/${accountId}/enrolments?limit=${enrolmentsShown}`, page).next };
  }

  @Get('accounts')
  async accounts(@Req() request: FastifyRequest): Promise<z.output<typeof MyAccounts>> {
    const ctx = ctxOf(request);
    const { actor } = userOf(request);
    const items = actor.grants.map(async (grant) => {
      const account = await section(ctx, 'accounts.read', grant.accountId, () => this.rpc.call(GetAccount, ctx, { accountId: grant.accountId }));
      const known = account && !('error' in account) ? account : { name: null, code: null };
      return { ...grant, name: known.name, code: known.code };
    });
    return { items: await Promise.all(items) };
  }

  @Get('capabilities')
  capabilities(@Req() request: FastifyRequest): z.output<typeof MyCapabilities> {
    return { capabilities: capabilitiesOf(userOf(request).actor).map((scope) => ({ ...scope, permissions: [...scope.permissions] })) };
  }
}

/** A part of the answer: absent when the caller may not see it, its error's code when it cannot be read. */
async function section<T>(ctx: CallContext, permission: Permission, accountId: string, read: () => Promise<T>): Promise<Section<T>> {
  if (may(ctx.actor, permission, accountId) !== 'yes') return undefined;
  try {
    return await read();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return refusal.code === 'permission.denied' ? undefined : { error: { code: refusal.code } };
  }
}
