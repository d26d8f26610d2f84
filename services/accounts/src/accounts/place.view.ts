import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import type { AccountState, Member } from '../domain/account.js';
import type { PersonState } from '../domain/person.js';
import { AccountStore } from './account.store.js';
import { PersonStore } from './person.store.js';

export interface Place {
  readonly account: Stored<AccountState>;
  readonly member: Member;
  readonly person: Stored<PersonState>;
}

/** Who has a place in which account: what everything about a person is checked against. */
@Injectable()
export class PlaceView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
  ) {}

  /** Rejects `resource.not-found` unless there is such an account, and such a person in it. */
  async demand(ctx: Ctx, accountId: string, personId: string | null): Promise<void> {
    const { state } = await this.accounts.get(ctx, accountId);
    if (personId !== null && !state.members.some((m) => m.personId === personId)) throw new Rejection('resource.not-found');
  }

  async get(ctx: Ctx, accountId: string, personId: string): Promise<Place> {
    const [account, person] = await Promise.all([this.accounts.get(ctx, accountId), this.people.get(ctx, personId)]);
    const member = account.state.members.find((m) => m.personId === personId);
    if (!member) throw new Rejection('resource.not-found');
    return { account, member, person };
  }

  /** Names of learners as they stand in their accounts; whoever has no place there is left out. */
  async learnersNamed(ctx: Ctx, asked: readonly { readonly accountId: string; readonly learnerId: string }[]): Promise<readonly { readonly accountId: string; readonly learnerId: string; readonly name: string }[]> {
    if (asked.length === 0) return [];
    const [accounts, people] = await Promise.all([this.accounts.withIds(ctx, [...new Set(asked.map((a) => a.accountId))]), this.people.withIds(ctx, asked.map((a) => a.learnerId))]);
    return asked.flatMap(({ accountId, learnerId }) => {
      const placed = accounts.find((a) => a.id === accountId)?.state.members.some((m) => m.personId === learnerId);
      const person = people.find((p) => p.id === learnerId);
      return placed === true && person ? [{ accountId, learnerId, name: nameOf(person) }] : [];
    });
  }
}

export const nameOf = ({ state }: Stored<PersonState>): string => `${state.firstName} ${state.lastName}`;
