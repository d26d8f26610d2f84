import { Injectable } from '@nestjs/common';
import { GetLearner, type Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient, ServiceTimeout, ServiceUnavailable } from '@matricula/platform';
import { demandPayer } from '../domain/payer.js';

const timeoutMs = 1_500;

/** Who may be named as payer: accounts knows it, asked at the moment of the charge. */
@Injectable()
export class PayersAdapter {
  constructor(private readonly rpc: RpcClient) {}

  /** Rejects `billing.child-not-billable`, and `billing.payer-unknown` for somebody who is not of this account. */
  async demand(ctx: Ctx, accountId: string, payerId: string): Promise<void> {
    try {
      const { role } = await this.rpc.call(GetLearner, { ...ctx, actor: { type: 'service', id: 'billing', onBehalfOf: ctx.actor.id } }, { accountId, learnerId: payerId }, timeoutMs);
      demandPayer(role);
    } catch (error) {
      if (error instanceof Rejection && error.code === 'resource.not-found') throw new Rejection('billing.payer-unknown');
      // nothing was charged: the caller may simply ask again
      if (error instanceof ServiceTimeout) throw new ServiceUnavailable('accounts');
      throw error;
    }
  }
}
