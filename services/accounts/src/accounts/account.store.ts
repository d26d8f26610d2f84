import { Injectable } from '@nestjs/common';
import { AccountChanged, AccountCreated, AccountManagerChanged, AccountMoved, GuardianPermissionsChanged, PersonAdded, PrimaryChanged, type Ctx, type Page } from '@matricula/contracts';
import { normalisedName, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type PageRequest, type Stored } from '@matricula/platform';
import { accountAggregate, type AccountFact, type AccountState } from '../domain/account.js';
import { sees, type Sight } from '../managers/sight.js';

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
        { name: 'groups', keys: { groupIds: 1 } },
      ],
    });
  }

  /** Accounts in sight by name. */
  byName(ctx: Ctx, sight: Sight, request: PageRequest): Promise<Page<Stored<AccountState>>> {
    return this.page(ctx, inSight(ctx, sight), { field: 'sortName', order: 1 }, request);
  }

  /** Which of these accounts are in sight. */
  async seen(ctx: Ctx, sight: Sight, accountIds: readonly string[]): Promise<readonly string[]> {
    const accounts = await this.withIds(ctx, accountIds);
    return accounts.filter(({ id, state }) => sees(sight, id, state)).map(({ id }) => id);
  }

  /** Is an account in this group itself? */
  async anyIn(ctx: Ctx, groupId: string): Promise<boolean> {
    return (await this.where(ctx, { groupIds: groupId }, 1)).length > 0;
  }

  /** Accounts by id, in one query. */
  withIds(ctx: Ctx, ids: readonly string[]): Promise<readonly Stored<AccountState>[]> {
    return this.where(ctx, { _id: { $in: keysOf(ctx, ids) } }, ids.length);
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

const keysOf = (ctx: Ctx, ids: readonly string[]): readonly string[] => ids.map((id) => `${ctx.tenantId}/${id}`);

function inSight(ctx: Ctx, sight: Sight): Readonly<Record<string, unknown>> {
  if (sight === 'all') return {};
  const { accountIds, groupIds } = sight;
  const [named, grouped] = [{ _id: { $in: keysOf(ctx, accountIds) } }, { groupIds: { $in: groupIds } }];
  // one condition where one will do: an index answers it
  if (groupIds.length === 0) return named;
  return accountIds.length === 0 ? grouped : { $or: [named, grouped] };
}

function publish(fact: AccountFact, state: AccountState, accountId: string): OutgoingEvent {
  switch (fact.type) {
    case 'AccountOpened':
      return { contract: AccountCreated, data: { accountId, kind: fact.kind, status: fact.status, currency: fact.currency } };
    case 'MemberAdded':
      return { contract: PersonAdded, data: { accountId, personId: fact.personId, role: fact.role } };
    case 'AccountChanged':
      return { contract: AccountChanged, data: { accountId, changed: Object.keys(fact.changes) } };
    case 'ManagerChanged':
      return { contract: AccountManagerChanged, data: { accountId, managerId: fact.managerId, followerIds: fact.followerIds } };
    case 'AccountMoved':
      return { contract: AccountMoved, data: { accountId, fromGroupId: fact.fromGroupId, toGroupId: fact.mainGroupId, groupIds: fact.groupIds } };
    case 'PrimaryChanged':
      return { contract: PrimaryChanged, data: { accountId, personId: fact.personId, previousPersonId: fact.previousPersonId, roleChange: state.roleChange ?? 0 } };
    case 'PermissionsChanged':
      return { contract: GuardianPermissionsChanged, data: { accountId, personId: fact.personId, permissions: fact.permissions } };
    default:
      return unreachable(fact);
  }
}
