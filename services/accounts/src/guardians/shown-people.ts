import { Injectable } from '@nestjs/common';
import type { Ctx, Person, PersonAccess, ShownPerson } from '@matricula/contracts';
import type { Stored } from '@matricula/platform';
import { PersonStore } from '../accounts/person.store.js';
import type { AccountState, Member } from '../domain/account.js';
import { actionsOn, mayReadContact } from '../domain/contact-lock.js';
import { shownValues } from '../domain/custom-field.js';
import { missingFields } from '../domain/form.js';
import { fullName, type PersonState } from '../domain/person.js';
import { RecordRules, type RecordRulesNow } from '../forms/record-rules.js';
import { Accesses, type Access } from './access.adapter.js';
import { viewerOf } from './viewer.js';

export interface Placed {
  readonly member: Member;
  readonly person: Stored<PersonState>;
}

/** People of an account as the caller may see them: the one way out of the service for contact data (ID-16). */
@Injectable()
export class ShownPeople {
  constructor(
    private readonly people: PersonStore,
    private readonly accesses: Accesses,
    private readonly records: RecordRules,
  ) {}

  /** An account's people in the order they joined, with everything; `shown` makes an answer of them. */
  async ofAccount(ctx: Ctx, account: Stored<AccountState>): Promise<readonly Placed[]> {
    const { members } = account.state;
    if (members.length === 0) return [];
    const people = new Map((await this.people.withIds(ctx, members.map((m) => m.personId))).map((person) => [person.id, person]));
    return members.flatMap((member) => {
      const person = people.get(member.personId);
      return person ? [{ member, person }] : [];
    });
  }

  async shown(ctx: Ctx, account: Stored<AccountState>, people: readonly Placed[]): Promise<ShownPerson[]> {
    const viewer = viewerOf(ctx, account.id);
    const [rules, accesses] = await Promise.all([this.records.now(ctx), this.accessesOf(ctx, account.id, people)]);
    return people.map((placed) => {
      const { member, person } = placed;
      const access = accesses.get(person.id);
      const actions = access ? [...actionsOn(member, access.indicator, viewer, account.state.kind === 'family')] : [];
      if (mayReadContact(viewer, member, person.state)) return { ...personReply(rules, account.id, placed), ...(access ? { access: accessReply(access), actions } : {}) };
      return { id: person.id, name: fullName(person.state), ...(access ? { access: accessReply(access) } : {}), actions };
    });
  }

  /** Everything of everybody: for who may see that, or has just written it. */
  async inFull(ctx: Ctx, accountId: string, people: readonly Placed[]): Promise<Person[]> {
    const rules = await this.records.now(ctx);
    return people.map((placed) => personReply(rules, accountId, placed));
  }

  private async accessesOf(ctx: Ctx, accountId: string, people: readonly Placed[]): Promise<ReadonlyMap<string, Access>> {
    if (ctx.actor.type !== 'user') return new Map();
    return this.accesses.of(ctx, accountId, people.filter(({ member }) => mayHaveLogin(member)).map((p) => p.person.id));
  }
}

const mayHaveLogin = ({ role }: Member): boolean => role !== 'learner';
const accessReply = ({ indicator, expired, deliveryProblem, invitationId }: Access): PersonAccess => ({ indicator, expired, deliveryProblem, invitationId });

/** A person as it is shown in one of their accounts, with everything. */
function personReply(rules: RecordRulesNow, accountId: string, { member: { personId, role, permissions }, person: { version, state } }: Placed): Person {
  const { firstName, lastName, birthDate, email, phone, address } = state;
  const more = { ...valuesShown(shownValues(rules.fields, 'person', state.custom)), ...completeness(missingFields(rules.person, rules.fields, state, role)) };
  return { id: personId, accountId, role, firstName, lastName, birthDate, email, phone, address, ...more, ...(permissions ? { permissions: [...permissions] } : {}), version };
}

/** Values of custom fields, where there are any. */
export const valuesShown = <V extends object>(custom: V) => (Object.keys(custom).length === 0 ? {} : { custom });
/** What is asked for and missing, where there is any. */
export const completeness = (missing: readonly string[]) => (missing.length === 0 ? {} : { incomplete: true as const, missing: [...missing] });
