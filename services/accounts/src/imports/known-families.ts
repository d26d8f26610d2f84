import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { normalisedName } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { AccountStore } from '../accounts/account.store.js';
import { PersonStore } from '../accounts/person.store.js';
import type { AccountState } from '../domain/account.js';
import { emailOf } from '../domain/family-file.js';
import type { FamilyPlan, ReadRow } from '../domain/family-row.js';
import type { GroupTree } from '../domain/group-tree.js';
import type { PersonState } from '../domain/person.js';
import { GroupTreeStore } from '../groups/group-tree.store.js';

/** What is there already, read once for the whole file. */
export interface Known {
  readonly byCode: ReadonlyMap<string, Stored<AccountState>>;
  readonly byExternalId: ReadonlyMap<string, Stored<AccountState>>;
  readonly people: ReadonlyMap<string, PersonState>;
  /** E-mail address → accounts of the people who use it. */
  readonly emailAccounts: ReadonlyMap<string, readonly string[]>;
  readonly groups: GroupTree;
  /** Name of a group → its id. */
  readonly groupIds: ReadonlyMap<string, string>;
}

@Injectable()
export class KnownFamilies {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
    private readonly groups: GroupTreeStore,
  ) {}

  /** What is there of what these rows name; groups that are not there yet are made. */
  async known(ctx: Ctx, rows: readonly ReadRow[]): Promise<Known> {
    const plans = rows.flatMap((row) => row.plan ?? []);
    const emails = rows.flatMap((row) => emailOf(row) ?? []);
    const [accounts, externals, emailUsers] = await Promise.all([
      this.accounts.withCodes(ctx, plans.map((p) => p.code)),
      this.accounts.withExternalIds(ctx, plans.flatMap((p) => p.externalId ?? [])),
      this.people.withEmails(ctx, emails),
    ]);
    const groupIds = await this.groups.named(ctx, plans.flatMap((p) => p.group ?? []));
    const groups = await this.groups.tree(ctx);
    const people = await this.people.withIds(ctx, accounts.flatMap((a) => a.state.members.map((m) => m.personId)));
    const users = Map.groupBy(emailUsers, (person) => person.state.emailKey ?? '');
    return {
      groups,
      groupIds,
      byCode: new Map(accounts.map((a) => [a.state.codeKey, a])),
      byExternalId: new Map(externals.map((a) => [a.state.externalId ?? '', a])),
      people: new Map(people.map((p) => [p.id, p.state])),
      emailAccounts: new Map([...users].map(([email, persons]) => [email, persons.flatMap((p) => p.state.memberships)])),
    };
  }

  /** The account that has this Account ID now, if any. */
  withCode(ctx: Ctx, code: string): Promise<readonly Stored<AccountState>[]> {
    return this.accounts.withCodes(ctx, [code]);
  }
}

/** The group that a row names. */
export const groupIdOf = (plan: FamilyPlan, known: Known): string | undefined => (plan.group === undefined ? undefined : known.groupIds.get(normalisedName(plan.group)));
