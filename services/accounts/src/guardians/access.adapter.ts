import { Injectable } from '@nestjs/common';
import { GetAccess, type Ctx, type ReplyOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient, ServiceTimeout, ServiceUnavailable } from '@matricula/platform';

export type Access = ReplyOf<typeof GetAccess>['items'][number];

const patienceMs = 1_500;

/** Who can sign in, as identity knows it. */
@Injectable()
export class Accesses {
  constructor(private readonly rpc: RpcClient) {}

  /** By person. Empty when identity is away: an account is shown without the indicators then, never without the lock. */
  async of(ctx: Ctx, accountId: string, personIds: readonly string[]): Promise<ReadonlyMap<string, Access>> {
    if (personIds.length === 0) return new Map();
    try {
      const own: Ctx = { ...ctx, actor: { type: 'service', id: 'accounts', onBehalfOf: ctx.actor.id }, idempotencyKey: undefined, ifMatch: undefined };
      const { items } = await this.rpc.call(GetAccess, own, { accountId, personIds: [...personIds] }, patienceMs);
      return new Map(items.map((item) => [item.personId, item]));
    } catch (error) {
      if (error instanceof ServiceUnavailable || error instanceof ServiceTimeout || error instanceof Rejection) return new Map();
      throw error;
    }
  }
}
