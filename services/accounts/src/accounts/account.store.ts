import { Injectable } from '@nestjs/common';
import { AccountCreated, PersonAdded, type Ctx, type Page } from '@matricula/contracts';
import { normalisedName, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type PageRequest, type Stored } from '@matricula/platform';
import { accountAggregate, type AccountFact, type AccountState } from '../domain/account.js';

/** Accounts, unique per tenant by Account ID and by External ID. */
@Injectable()
export class AccountStore extends AggregateStore<AccountState, AccountFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: accountAggregate,
      collection: 'accounts',
      publish,
      indexes: [
        { name: 'code', keys: { codeKey: 1 }, rejects: 'accounts.code-taken' },
        { name: 'externalId', keys: { externalId: 1 }, rejects: 'accounts.external-id-taken', where: { externalId: { $exists: true } } },
        { name: 'byName', keys: { sortName: 1, _id: 1 } },
      ],
    });
  }

  /** Accounts by name; only the given ones unless `all`. */
  byName(ctx: Ctx, visible: 'all' | readonly string[], request: PageRequest): Promise<Page<Stored<AccountState>>> {
    const filter = visible === 'all' ? {} : { _id: { $in: visible.map((id) => `${ctx.tenantId}/${id}`) } };
    return this.page(ctx, filter, { field: 'sortName', order: 1 }, request);
  }

  /** Accounts by id, in one query. */
  withIds(ctx: Ctx, ids: readonly string[]): Promise<readonly Stored<AccountState>[]> {
    return this.where(ctx, { _id: { $in: ids.map((id) => `${ctx.tenantId}/${id}`) } }, ids.length);
  }

  /** Accounts that have one of these Account IDs, in one query. */
  withCodes(ctx: Ctx, codes: readonly string[]): Promise<readonly Stored<AccountState>[]> {
    return this.where(ctx, { codeKey: { $in: codes.map(normalisedName) } }, codes.length);
  }

  /** Accounts that have one of these External IDs, in one query. */
  withExternalIds(ctx: Ctx, externalIds: readonly string[]): Promise<readonly Stored<AccountState>[]> {
    return this.where(ctx, { externalId: { $in: externalIds } }, externalIds.length);
  }
}

function publish(fact: AccountFact, _state: AccountState, accountId: string): OutgoingEvent {
  switch (fact.type) {
    case 'AccountOpened':
      return { contract: AccountCreated, data: { accountId, kind: fact.kind, status: fact.status, currency: fact.currency } };
    case 'MemberAdded':
      return { contract: PersonAdded, data: { accountId, personId: fact.personId, role: fact.role } };
    default:
      return unreachable(fact);
  }
}
