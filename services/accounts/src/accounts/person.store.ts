import { Injectable } from '@nestjs/common';
import { ContactLocked, ContactOverridden, PersonUpdated, type Ctx, type Page } from '@matricula/contracts';
import { normalisedName, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type PageRequest, type Stored } from '@matricula/platform';
import { personAggregate, type PersonFact, type PersonState } from '../domain/person.js';

const searchIndex = 'search';
/** A prefix as an expression that an index answers. */
const startingWith = (term: string) => ({ $regex: `^${term.replaceAll(/[^\p{L}\p{N} ]/gu, String.raw`\$&`)}` });

/** How people are found by a term. */
export const searchQuery = (tenantId: string, term: string) => ({ filter: { tenantId, 'state.searchKeys': startingWith(term) }, hint: searchIndex });

/** People. That somebody joined is said by the account, which decides it. */
@Injectable()
export class PersonStore extends AggregateStore<PersonState, PersonFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: personAggregate, collection: 'people', publish, indexes: [
      { name: 'email', keys: { emailKey: 1 }, where: { emailKey: { $exists: true } } },
      { name: 'byName', keys: { sortName: 1, _id: 1 } },
      { name: searchIndex, keys: { searchKeys: 1 } },
    ] });
  }

  /** People by id, in one query. */
  withIds(ctx: Ctx, ids: readonly string[]): Promise<readonly Stored<PersonState>[]> {
    return this.where(ctx, { _id: { $in: ids.map((id) => `${ctx.tenantId}/${id}`) } }, ids.length);
  }

  /** People by last name: all, or those of these ids, or those whom a term finds (see `searchTerm`). */
  byName(ctx: Ctx, { among, term }: { readonly among?: readonly string[] | undefined; readonly term?: string | undefined }, request: PageRequest): Promise<Page<Stored<PersonState>>> {
    // who was refused a place is forgotten and has no name
    const named = among === undefined ? { sortName: { $gt: '' } } : { _id: { $in: among.map((id) => `${ctx.tenantId}/${id}`) } };
    return this.page(ctx, { ...named, ...(term === undefined ? {} : { searchKeys: startingWith(term) }) }, { field: 'sortName', order: 1 }, request);
  }

  /** People with a search key that begins with this term, in the order of the index: nothing is sorted, nothing else is read. */
  async beginningWith(ctx: Ctx, term: string, { offset, limit }: { readonly offset: number; readonly limit: number }): Promise<readonly Stored<PersonState>[]> {
    const { filter, hint } = searchQuery(ctx.tenantId, term);
    const found = await this.documents.find(filter as never, { projection: { outbox: 0 }, skip: offset, limit, hint }).toArray();
    return found.map(({ id, version, state }) => ({ id, version, state }));
  }

  /** People with one of these e-mail addresses, however spelt; at most 5,000. */
  withEmails(ctx: Ctx, emails: readonly string[]): Promise<readonly Stored<PersonState>[]> {
    return this.where(ctx, { emailKey: { $in: emails.map(normalisedName) } }, 5_000);
  }
}

function publish(fact: PersonFact, state: PersonState, personId: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'PersonChanged':
      return { contract: PersonUpdated, data: { accountId: fact.accountId, personId, changed: Object.keys(fact.changes) } };
    case 'AppNameChosen':
      return { contract: PersonUpdated, data: { accountId: fact.accountId, personId, changed: ['appName'] } };
    case 'ContactLocked':
      return { contract: ContactLocked, data: { accountId: fact.accountId, personId, userId: fact.userId } };
    case 'ContactOverridden':
      return { contract: ContactOverridden, data: { accountId: fact.accountId, personId, userId: state.ownerUserId, changed: fact.changed } };
    case 'PersonRegistered':
    case 'PersonDiscarded':
      return undefined;
    default:
      return unreachable(fact);
  }
}
