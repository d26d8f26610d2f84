import { Injectable } from '@nestjs/common';
import { PersonUpdated, type Ctx } from '@matricula/contracts';
import { normalisedName, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { personAggregate, type PersonFact, type PersonState } from '../domain/person.js';

/** People. That somebody joined is said by the account, which decides it. */
@Injectable()
export class PersonStore extends AggregateStore<PersonState, PersonFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: personAggregate, collection: 'people', publish, indexes: [{ name: 'email', keys: { emailKey: 1 }, where: { emailKey: { $exists: true } } }] });
  }

  /** People by id, in one query. */
  withIds(ctx: Ctx, ids: readonly string[]): Promise<readonly Stored<PersonState>[]> {
    return this.where(ctx, { _id: { $in: ids.map((id) => `${ctx.tenantId}/${id}`) } }, ids.length);
  }

  /** People with one of these e-mail addresses, however spelt; at most 5,000. */
  withEmails(ctx: Ctx, emails: readonly string[]): Promise<readonly Stored<PersonState>[]> {
    return this.where(ctx, { emailKey: { $in: emails.map(normalisedName) } }, 5_000);
  }
}

function publish(fact: PersonFact, _state: PersonState, personId: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'PersonChanged':
      return { contract: PersonUpdated, data: { accountId: fact.accountId, personId, changed: Object.keys(fact.changes) } };
    case 'PersonRegistered':
    case 'PersonDiscarded':
      return undefined;
    default:
      return unreachable(fact);
  }
}
