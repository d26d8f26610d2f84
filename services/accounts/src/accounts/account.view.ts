import { Injectable } from '@nestjs/common';
import type { Account, AccountInFull, Ctx, GetMailContacts, ReplyOf } from '@matricula/contracts';
import type { Stored } from '@matricula/platform';
import { mailRecipients, type AccountState } from '../domain/account.js';
import { shownValues } from '../domain/custom-field.js';
import { missingFields } from '../domain/form.js';
import { groupOf, livingPlace } from '../domain/group-tree.js';
import { fullName } from '../domain/person.js';
import { RecordRules, type RecordRulesNow } from '../forms/record-rules.js';
import { completeness, ShownPeople, valuesShown } from '../guardians/shown-people.js';
import { ProviderStore } from '../providers/provider.store.js';
import { AccountStore } from './account.store.js';

/** What can be read of accounts. The account says who belongs to it; people without a place in one are never shown. */
@Injectable()
export class AccountView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: ShownPeople,
    private readonly providers: ProviderStore,
    private readonly records: RecordRules,
  ) {}

  async account(ctx: Ctx, accountId: string): Promise<Account> {
    return this.withPeople(ctx, await this.accounts.get(ctx, accountId));
  }

  async withPeople(ctx: Ctx, account: Stored<AccountState>): Promise<Account> {
    const [people, rules] = await Promise.all([this.people.ofAccount(ctx, account), this.records.now(ctx)]);
    return { ...accountReply(rules, account), people: await this.people.shown(ctx, account, people) };
  }

  /** Everything of everybody: for the office. */
  async inFull(ctx: Ctx, account: Stored<AccountState>): Promise<AccountInFull> {
    const [people, rules] = await Promise.all([this.people.ofAccount(ctx, account), this.records.now(ctx)]);
    return { ...accountReply(rules, account), people: await this.people.inFull(ctx, account.id, people) };
  }

  async mailContacts(ctx: Ctx, accountId: string): Promise<ReplyOf<typeof GetMailContacts>> {
    const [account, provider] = await Promise.all([this.accounts.get(ctx, accountId), this.providers.own(ctx)]);
    const people = await this.people.ofAccount(ctx, account);
    const contacts = mailRecipients(account.state).flatMap(({ personId, role }) => {
      const person = people.find((p) => p.person.id === personId)?.person;
      return person?.state.email === undefined ? [] : [{ personId, name: fullName(person.state), email: person.state.email, role }];
    });
    return {
      accountName: account.state.name,
      providerName: provider.state.name,
      timeZone: provider.state.timeZone,
      contacts,
      people: people.map(({ person }) => ({ personId: person.id, name: fullName(person.state) })),
    };
  }
}

/** An account as it is shown, without its people. */
export function accountReply(rules: RecordRulesNow, { id, version, state }: Stored<AccountState>): Omit<Account, 'people'> {
  const { code, externalId = null, kind, name, status } = state;
  const { mainGroupId, groupIds } = livingPlace(rules.tree, state);
  const group = groupOf(rules.tree, mainGroupId)?.name ?? null;
  const more = { ...valuesShown(shownValues(rules.fields, 'account', state.custom)), ...completeness(missingFields(rules.account, rules.fields, state)) };
  return { id, code, externalId, kind, name, group, mainGroupId, groupIds: [...groupIds], status, ...more, version };
}
