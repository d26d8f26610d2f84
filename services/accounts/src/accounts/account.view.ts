import { Injectable } from '@nestjs/common';
import type { Account, Ctx, GetLearner, GetMailContacts, Person, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { mailRecipients, type AccountState, type Member } from '../domain/account.js';
import { shownValues } from '../domain/custom-field.js';
import { missingFields } from '../domain/form.js';
import { groupOf, livingPlace } from '../domain/group-tree.js';
import type { PersonState } from '../domain/person.js';
import { RecordRules, type RecordRulesNow } from '../forms/record-rules.js';
import { ProviderStore } from '../providers/provider.store.js';
import { AccountStore } from './account.store.js';
import { PersonStore } from './person.store.js';

/** What can be read of accounts. The account says who belongs to it; people without a place in one are never shown. */
@Injectable()
export class AccountView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
    private readonly providers: ProviderStore,
    private readonly records: RecordRules,
  ) {}

  async account(ctx: Ctx, accountId: string): Promise<Account> {
    return this.withPeople(ctx, await this.accounts.get(ctx, accountId));
  }

  async withPeople(ctx: Ctx, account: Stored<AccountState>): Promise<Account> {
    const [people, rules] = await Promise.all([this.peopleOf(ctx, account), this.records.now(ctx)]);
    return { ...accountReply(rules, account), people: people.map((placed) => personReply(rules, account.id, placed)) };
  }

  async person(ctx: Ctx, accountId: string, personId: string): Promise<Person> {
    const [placed, rules] = await Promise.all([this.memberOf(ctx, accountId, personId), this.records.now(ctx)]);
    return personReply(rules, accountId, placed);
  }

  async learner(ctx: Ctx, { accountId, learnerId }: RequestOf<typeof GetLearner>): Promise<ReplyOf<typeof GetLearner>> {
    const { account, member, person } = await this.memberOf(ctx, accountId, learnerId);
    return { accountId, accountKind: account.state.kind, accountStatus: account.state.status, learnerId, role: member.role, name: fullName(person), birthDate: person.state.birthDate ?? null };
  }

  async mailContacts(ctx: Ctx, accountId: string): Promise<ReplyOf<typeof GetMailContacts>> {
    const [account, provider] = await Promise.all([this.accounts.get(ctx, accountId), this.providers.own(ctx)]);
    const people = await this.peopleOf(ctx, account);
    const contacts = mailRecipients(account.state).flatMap(({ personId, role }) => {
      const person = people.find((p) => p.person.id === personId)?.person;
      return person?.state.email === undefined ? [] : [{ personId, name: fullName(person), email: person.state.email, role }];
    });
    return {
      accountName: account.state.name,
      providerName: provider.state.name,
      timeZone: provider.state.timeZone,
      contacts,
      people: people.map(({ person }) => ({ personId: person.id, name: fullName(person) })),
    };
  }

  /** An account, a person and the place that joins them; rejects `resource.not-found` when one is missing. */
  private async memberOf(ctx: Ctx, accountId: string, personId: string): Promise<{ readonly account: Stored<AccountState>; readonly member: Member; readonly person: Stored<PersonState> }> {
    const [account, person] = await Promise.all([this.accounts.get(ctx, accountId), this.people.get(ctx, personId)]);
    const member = account.state.members.find((m) => m.personId === personId);
    if (!member) throw new Rejection('resource.not-found');
    return { account, member, person };
  }

  /** An account's people in the order they joined. */
  private async peopleOf(ctx: Ctx, account: Stored<AccountState>): Promise<readonly { readonly member: Member; readonly person: Stored<PersonState> }[]> {
    const { members } = account.state;
    if (members.length === 0) return [];
    const people = new Map((await this.people.withIds(ctx, members.map((m) => m.personId))).map((person) => [person.id, person]));
    return members.flatMap((member) => {
      const person = people.get(member.personId);
      return person ? [{ member, person }] : [];
    });
  }
}

const fullName = ({ state }: Stored<PersonState>): string => `${state.firstName} ${state.lastName}`;

/** An account as it is shown, without its people. */
export function accountReply(rules: RecordRulesNow, { id, version, state }: Stored<AccountState>): Omit<Account, 'people'> {
  const { code, externalId = null, kind, name, status } = state;
  const { mainGroupId, groupIds } = livingPlace(rules.tree, state);
  const group = groupOf(rules.tree, mainGroupId)?.name ?? null;
  const more = { ...valuesShown(shownValues(rules.fields, 'account', state.custom)), ...completeness(missingFields(rules.account, rules.fields, state)) };
  return { id, code, externalId, kind, name, group, mainGroupId, groupIds: [...groupIds], status, ...more, version };
}

/** A person as it is shown in one of their accounts. */
export function personReply(rules: RecordRulesNow, accountId: string, { member: { personId, role }, person: { version, state } }: { readonly member: Member; readonly person: Stored<PersonState> }): Person {
  const { firstName, lastName, birthDate, email, phone, address } = state;
  const more = { ...valuesShown(shownValues(rules.fields, 'person', state.custom)), ...completeness(missingFields(rules.person, rules.fields, state, role)) };
  return { id: personId, accountId, role, firstName, lastName, birthDate, email, phone, address, ...more, version };
}

const valuesShown = <V extends object>(custom: V) => (Object.keys(custom).length === 0 ? {} : { custom });
const completeness = (missing: readonly string[]) => (missing.length === 0 ? {} : { incomplete: true as const, missing: [...missing] });
