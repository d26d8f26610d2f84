import { Injectable } from '@nestjs/common';
import { GetPerson, type Ctx, type Person } from '@matricula/contracts';
import { RpcClient } from '@matricula/platform';

/** People as the accounts service knows them. */
@Injectable()
export class People {
  constructor(private readonly rpc: RpcClient) {}

  /** Rejects `resource.not-found`; throws ServiceUnavailable or ServiceTimeout. Asked in our own name: who may invite need not read accounts. */
  async get(ctx: Ctx, accountId: string, personId: string): Promise<Person> {
    const actor = { type: 'service', id: 'identity', onBehalfOf: ctx.actor.id } as const;
    return this.rpc.call(GetPerson, { ...ctx, actor, idempotencyKey: undefined, ifMatch: undefined }, { accountId, personId }, 2_500);
  }
}
