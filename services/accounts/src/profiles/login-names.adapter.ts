import { Injectable } from '@nestjs/common';
import { GetLoginNames, type Ctx } from '@matricula/contracts';
import { RpcClient, ServiceTimeout, ServiceUnavailable } from '@matricula/platform';

const timeoutMs = 1_500;

/** What people sign in with, as identity knows it. */
@Injectable()
export class LoginNames {
  constructor(private readonly rpc: RpcClient) {}

  /** Null without such a login, and while identity is away: the rest of a profile is shown all the same. */
  async of(ctx: Ctx, userId: string): Promise<string | null> {
    try {
      const { items } = await this.rpc.call(GetLoginNames, { tenantId: ctx.tenantId, actor: { type: 'service', id: 'accounts', onBehalfOf: ctx.actor.id }, correlationId: ctx.correlationId }, { userIds: [userId] }, timeoutMs);
      return items[0]?.login ?? null;
    } catch (error) {
      if (error instanceof ServiceUnavailable || error instanceof ServiceTimeout) return null;
      throw error;
    }
  }
}
