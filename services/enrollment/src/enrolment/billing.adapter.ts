import { Injectable } from '@nestjs/common';
import { PostEnrolmentCharge, RefuseEnrolmentCharge, type Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient, ServiceTimeout, ServiceUnavailable } from '@matricula/platform';
import type { EnrolmentRequest } from '../domain/enrolment.js';
import { asService } from '../own-context.js';

/** unknown: billing may have posted it or not; ask again with the same charge id. */
export type ChargeOutcome = { readonly end: 'posted' } | { readonly end: 'refused'; readonly code: string } | { readonly end: 'unknown' };

const timeoutMs = 1_800;
/** Answers that will not change by asking again. Everything else leaves open what happened. */
const refusals: readonly string[] = [...PostEnrolmentCharge.rejects, 'request.invalid'];

/** Posts fees to the ledger of the family. */
@Injectable()
export class BillingAdapter {
  constructor(private readonly rpc: RpcClient) {}

  async postCharge(ctx: Ctx, enrolment: EnrolmentRequest): Promise<ChargeOutcome> {
    const { accountId, chargeId, learnerId, classTitle: description, fee: amount, locationId } = enrolment;
    return this.ask(refusals, async () => {
      await this.rpc.call(PostEnrolmentCharge, asService(ctx), { accountId, chargeId, learnerId, description, amount, locationId }, timeoutMs);
      return { end: 'posted' };
    });
  }

  /** The charge is there already, or from now on nobody can post it: only then may the enrolment be declined, for `code`. */
  async refuseCharge(ctx: Ctx, { accountId, chargeId }: EnrolmentRequest, code: string): Promise<ChargeOutcome> {
    return this.ask([], async () => {
      const { state } = await this.rpc.call(RefuseEnrolmentCharge, asService(ctx), { accountId, chargeId }, timeoutMs);
      return state === 'posted' ? { end: 'posted' } : { end: 'refused', code };
    });
  }

  private async ask(refusals: readonly string[], call: () => Promise<ChargeOutcome>): Promise<ChargeOutcome> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ServiceUnavailable || error instanceof ServiceTimeout) return { end: 'unknown' };
      if (error instanceof Rejection) return refusals.includes(error.code) ? { end: 'refused', code: error.code } : { end: 'unknown' };
      throw error;
    }
  }
}
