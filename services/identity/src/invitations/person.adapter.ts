import { Injectable } from '@nestjs/common';
import { GetInvitee, LocatePerson, LockContact, type CallContext, type Ctx, type ReplyOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient } from '@matricula/platform';

const patienceMs = 2_500;

/** A person in one account, as far as logins go. */
export type KnownPerson = ReplyOf<typeof GetInvitee> & { readonly accountId: string; readonly personId: string };

/** People as the accounts service knows them. Asked in our own name: who may invite need not read accounts. */
@Injectable()
export class People {
  constructor(private readonly rpc: RpcClient) {}

  /** Rejects `resource.not-found`; throws ServiceUnavailable or ServiceTimeout. */
  async get(ctx: Ctx, accountId: string, personId: string): Promise<KnownPerson> {
    return { ...(await this.rpc.call(GetInvitee, inOurName(ctx), { accountId, personId }, patienceMs)), accountId, personId };
  }

  /** The person in the first account they belong to; rejects `resource.not-found`. */
  async locate(ctx: Ctx, personId: string): Promise<KnownPerson> {
    const { accountIds } = await this.rpc.call(LocatePerson, inOurName(ctx), { personId }, patienceMs);
    const [accountId] = accountIds;
    if (accountId === undefined) throw new Rejection('resource.not-found');
    return this.get(ctx, accountId, personId);
  }

  /** From now on the contact data is the person's own; answers with the role they have now. */
  async lockContact(ctx: Ctx, person: { readonly accountId: string; readonly personId: string; readonly userId: string; readonly email: string }): Promise<ReplyOf<typeof LockContact>> {
    return this.rpc.call(LockContact, inOurName(ctx), person, patienceMs);
  }
}

const inOurName = (ctx: Ctx): CallContext => ({ ...ctx, actor: { type: 'service', id: 'identity', onBehalfOf: ctx.actor.id }, idempotencyKey: undefined, ifMatch: undefined });
