import { Injectable } from '@nestjs/common';
import { SignatureRecorded, type Ctx } from '@matricula/contracts';
import { AggregateStore, derivedId, StoreParts } from '@matricula/platform';
import { signatureAggregate, type Entry, type SignatureFact, type SignatureState } from '../domain/signature.js';

/** What one account signed once for all: far more versions and learners than there are. */
const maxEntries = 2_000;

/** The ledger of agreements: entries are written once. */
@Injectable()
export class SignatureStore extends AggregateStore<SignatureState, SignatureFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: signatureAggregate,
      collection: 'signatures',
      publish: ({ kind, agreementId, versionId, textHash, accountId, subjectPersonId, signerPersonId, withdraws }, _state, signatureId) => ({ contract: SignatureRecorded, data: { signatureId, kind, agreementId, versionId, textHash, accountId, subjectPersonId, signerPersonId, withdraws } }),
      indexes: [
        { name: 'byAccount', keys: { accountId: 1, at: -1, _id: -1 } },
        { name: 'byOccasion', keys: { accountId: 1, occasion: 1, at: -1, _id: -1 } },
      ],
    });
  }

  /** The entries of an account for an occasion (null: those once for all), the latest first. */
  async entries(ctx: Ctx, accountId: string, occasion: string | null): Promise<readonly Entry[]> {
    const { items } = await this.page(ctx, { accountId, occasion }, { field: 'at', order: -1 }, { limit: maxEntries });
    return items.map(({ id, state }) => ({ id, ...state }));
  }

  /** Writes an entry after `latest`, once: whoever says the same at the same moment finds it. */
  async record(ctx: Ctx, entry: Omit<SignatureState, 'at' | 'recordedBy' | 'clientAddress'>, latest: Entry | undefined): Promise<Entry> {
    const { agreementId, accountId, subjectPersonId, kind, textHash, occasion } = entry;
    const id = derivedId('sig', ctx.tenantId, agreementId, accountId, subjectPersonId ?? '', kind, textHash, occasion ?? '', latest?.id ?? '');
    // an entry is later than the one it follows, whatever the clocks say
    const at = latest !== undefined && latest.at >= ctx.now ? new Date(Date.parse(latest.at) + 1).toISOString() : ctx.now;
    const saved = await this.change(ctx, id, (found) => (found ? [] : [{ type: 'SignatureRecorded', ...entry, recordedBy: ctx.actor.id, clientAddress: ctx.clientAddress ?? null, at }]));
    return { id, ...saved.state };
  }
}
