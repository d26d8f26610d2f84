import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Database, type Collection, type StoredRecord } from '@matricula/platform';
import type { BillingAccountFact } from '../domain/billing-account.js';

const collection = 'refused_charges';

interface RefusedCharge {
  /** `<tenant>/<account>/<charge>` */
  readonly _id: string;
  readonly tenantId: string;
}

const idOf = (tenantId: string, accountId: string, chargeId: string): string => `${tenantId}/${accountId}/${chargeId}`;

/** Charges that are never posted, as they were written down. Readers look at the account's outbox first or drain it. */
@Injectable()
export class RefusedCharges {
  private readonly charges: Collection<RefusedCharge>;

  constructor(database: Database) {
    this.charges = database.collection<RefusedCharge>(collection);
  }

  /** A refusal as a record of the outbox. */
  static record(tenantId: string, { accountId, chargeId, at }: Extract<BillingAccountFact, { type: 'ChargeRefused' }>): StoredRecord {
    return { collection, document: { _id: idOf(tenantId, accountId, chargeId), tenantId, accountId, chargeId, at } };
  }

  async has(ctx: Ctx, accountId: string, chargeId: string): Promise<boolean> {
    return (await this.charges.findOne({ _id: idOf(ctx.tenantId, accountId, chargeId), tenantId: ctx.tenantId }, { projection: { _id: 1 } })) !== null;
  }
}
