import { Injectable } from '@nestjs/common';
import { MakeupTokenIssued, MakeupTokenRedeemed, type Ctx } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { makeupTokenAggregate, type MakeupTokenFact, type MakeupTokenState } from '../domain/makeup-token.js';
import { UnfinishedStore } from '../recovery/unfinished.store.js';

function publish(fact: MakeupTokenFact, state: MakeupTokenState, id: string): OutgoingEvent | undefined {
  const { accountId, learnerId } = state;
  switch (fact.type) {
    case 'TokenIssued':
      return { contract: MakeupTokenIssued, data: { tokenId: id, accountId, learnerId, sourceClassId: fact.sourceClassId, sourceDate: fact.sourceDate, expiresOn: fact.expiresOn } };
    case 'TokenRedeemed':
      return { contract: MakeupTokenRedeemed, data: { tokenId: id, accountId, learnerId, classId: fact.classId, date: fact.date } };
    case 'RedemptionBegun':
    case 'RedemptionResumed':
    case 'TokenReturned':
      return undefined;
    default:
      return unreachable(fact);
  }
}

/** The newest of an account; older ones have long expired or been spent. */
const maxListed = 500;

@Injectable()
export class MakeupTokenStore extends UnfinishedStore<MakeupTokenState, MakeupTokenFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: makeupTokenAggregate, collection: 'makeup_tokens', publish, indexes: [{ name: 'by_account', keys: { accountId: 1, expiresOn: -1 } }] });
  }

  async ofAccount(ctx: Ctx, accountId: string): Promise<readonly Stored<MakeupTokenState>[]> {
    const filter = { tenantId: ctx.tenantId, 'state.accountId': accountId };
    const found = await this.documents.find(filter as never, { projection: { outbox: 0 }, sort: { 'state.expiresOn': -1 }, limit: maxListed }).toArray();
    return found.map((d) => ({ id: d.id, version: d.version, state: d.state }));
  }
}
