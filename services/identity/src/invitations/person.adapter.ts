import { Injectable } from '@nestjs/common';
import { GetPerson, LocatePerson, type CallContext, type Ctx, type Person } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient } from '@matricula/platform';

const patienceMs = 2_500;

/** People as the accounts service knows them. */
@Injectable()
export class People {
  constructor(private readonly rpc: RpcClient) {}

  /** Rejects `resource.not-found`; throws ServiceUnavailable or ServiceTimeout. Asked in our own name: who may invite need not read accounts. */
  async get(ctx: Ctx, accountId: string, personId: string): Promise<Person> {
    return this.rpc.call(GetPerson, inOurName(ctx), { accountId, personId }, patienceMs);
  }

  /** The person in the first account they belong to; rejects `resource.not-found`. */
  async locate(ctx: Ctx, personId: string): Promise<Person> {
    const { accountIds } = await this.rpc.call(LocatePerson, inOurName(ctx), { personId }, patienceMs);
    const [accountId] = accountIds;
    if (accountId === undefined) throw new Rejection('resource.not-found');
    return this.get(ctx, accountId, personId);
  }
}

const inOurName = (ctx: Ctx): CallContext => ({ ...ctx, actor: { type: 'service', id: 'identity', onBehalfOf: ctx.actor.id }, idempotencyKey: undefined, ifMatch: undefined });
