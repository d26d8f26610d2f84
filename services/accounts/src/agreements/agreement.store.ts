import { Injectable } from '@nestjs/common';
import { AgreementChanged, AgreementPublished, type Ctx } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, derivedId, sha256, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { agreementAggregate, agreementTextAggregate, maxAgreements, type AgreementFact, type AgreementState, type AgreementText, type AgreementTextFact, type Publication } from '../domain/agreement.js';

@Injectable()
export class AgreementStore extends AggregateStore<AgreementState, AgreementFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: agreementAggregate,
      collection: 'agreements',
      publish,
      indexes: [
        { name: 'byTitle', keys: { sortTitle: 1, _id: 1 } },
        { name: 'inUse', keys: { status: 1 } },
      ],
    });
  }

  inUse(ctx: Ctx): Promise<readonly Stored<AgreementState>[]> {
    return this.where(ctx, { status: 'in_use' }, maxAgreements);
  }
}

/** Published texts; each under an id that names agreement and text, so that it cannot be another. */
@Injectable()
export class AgreementTextStore extends AggregateStore<AgreementText, AgreementTextFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: agreementTextAggregate, collection: 'agreement_texts', publish: () => undefined });
  }

  /** Keeps a text before the version that names it is published. */
  async keep(ctx: Ctx, agreementId: string, text: string): Promise<Publication> {
    const textHash = sha256(text);
    const id = derivedId('agv', ctx.tenantId, agreementId, textHash);
    await this.change({ ...ctx, ifMatch: undefined }, id, (kept) => (kept ? [] : [{ type: 'TextKept', agreementId, textHash, text }]));
    return { id, textHash };
  }
}

function publish(fact: AgreementFact, state: AgreementState, agreementId: string): OutgoingEvent | undefined {
  const { audience, signing, resignOnNewVersion, status } = state;
  switch (fact.type) {
    case 'AgreementDrawnUp':
      return undefined;
    case 'VersionPublished':
      return { contract: AgreementPublished, data: { agreementId, versionId: fact.version.id, number: fact.version.number, textHash: fact.version.textHash, audience, signing } };
    case 'AgreementChanged':
      return { contract: AgreementChanged, data: { agreementId, signing, resignOnNewVersion, status } };
    default:
      return unreachable(fact);
  }
}
