import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { FlagId, GetAccount, GetBillingAccount, ListEnrolments, ListMakeupTokens, may, Permission, type Asked, type CallContext } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient } from '@matricula/platform';
import { linksOf } from '../http/answer.js';
import { refusalOf } from '../http/problem.js';
import type { MyAccount } from './my-account.js';

export type Section<T> = T | { readonly error: { readonly code: string } } | undefined;

const enrolmentsShown = 100;

/** One account as its viewer may see it, composed of what the services say; one of them failing costs its part only. */
@Injectable()
export class AccountSections {
  constructor(private readonly rpc: RpcClient) {}

  /** Rejects `resource.not-found` when there is no such account. */
  async of(ctx: CallContext, accountId: string): Promise<z.output<typeof MyAccount>> {
    const see = <T>(permission: Permission, read: () => Promise<T>, asked: Asked = {}): Promise<Section<T>> => section(ctx, { permission, accountId, asked }, read);
    const [account, billing, enrolments, makeupTokens] = await Promise.all([
      see('accounts.read', () => this.rpc.call(GetAccount, ctx, { accountId })),
      see('billing.read', () => this.rpc.call(GetBillingAccount, ctx, { accountId }), { flag: 'portal.transactionsPage' }),
      see('enrolments.read', () => this.enrolments(ctx, accountId)),
      see('enrolments.read', () => this.rpc.call(ListMakeupTokens, ctx, { accountId }), { flag: 'makeup.tokens.enabled' }),
    ]);
    if (account && 'error' in account && account.error.code === 'resource.not-found') throw new Rejection('resource.not-found');
    const capabilities = Permission.options.filter((p) => may(ctx.actor, p, accountId) === 'yes');
    const features = FlagId.options.filter((flag) => capabilities.some((p) => may(ctx.actor, p, accountId, { flag }) === 'yes'));
    return { accountId, account, billing, enrolments, makeupTokens, capabilities, features };
  }

  private async enrolments(ctx: CallContext, accountId: string) {
    const page = await this.rpc.call(ListEnrolments, ctx, { accountId, limit: enrolmentsShown });
    return { items: page.items, next: linksOf(`/v1/accounts/${accountId}/enrolments?limit=${enrolmentsShown}`, page).next };
  }
}

interface Needs {
  readonly permission: Permission;
  readonly accountId: string;
  readonly asked?: Asked;
}

/** A part of the answer: absent when the viewer may not see it, its error's code when it cannot be read. */
export async function section<T>(ctx: CallContext, { permission, accountId, asked = {} }: Needs, read: () => Promise<T>): Promise<Section<T>> {
  if (may(ctx.actor, permission, accountId, asked) !== 'yes') return undefined;
  try {
    return await read();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return refusal.code.startsWith('permission.') || refusal.code === 'feature.disabled' ? undefined : { error: { code: refusal.code } };
  }
}
