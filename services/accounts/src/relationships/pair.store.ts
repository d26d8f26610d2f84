import { Injectable } from '@nestjs/common';
import { RelationshipLinked, RelationshipUnlinked, type Ctx } from '@matricula/contracts';
import { AggregateStore, derivedId, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { maxRelationships, pairAggregate, signOf, type Link, type PairFact, type PairState, type Party } from '../domain/relationship.js';

/** What people are to each other, one document per two people. */
@Injectable()
export class PairStore extends AggregateStore<PairState, PairFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: pairAggregate, collection: 'relationships', publish, indexes: [{ name: 'byPerson', keys: { personIds: 1 } }] });
  }

  idOf(ctx: Ctx, [one, other]: readonly [Party, Party]): string {
    return derivedId('rel', ctx.tenantId, one.personId, other.personId);
  }

  /** Everybody this person is related to. */
  of(ctx: Ctx, personId: string): Promise<readonly Stored<PairState>[]> {
    return this.where(ctx, { personIds: personId }, maxRelationships);
  }
}

/** Names one relationship: the pair and which of theirs. */
export const relationshipId = (pairId: string, people: readonly [Party, Party], link: Link): string => `${pairId}${signOf(people, link)}`;

function publish(fact: PairFact, _state: PairState, id: string): OutgoingEvent {
  const { people, link } = fact;
  const [from, to] = people[0].personId === link.from ? people : [people[1], people[0]];
  const data = { relationshipId: relationshipId(id, people, link), type: link.tie, personId: from.personId, accountId: from.accountId, otherPersonId: to.personId, otherAccountId: to.accountId };
  return { contract: fact.type === 'PeopleLinked' ? RelationshipLinked : RelationshipUnlinked, data };
}
