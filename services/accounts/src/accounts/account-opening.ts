import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { derivedId, type Stored } from '@matricula/platform';
import { addMember, openAccount, type AccountState, type Member, type NewAccount, type Role } from '../domain/account.js';
import { homeGroupOf, placeIn } from '../domain/group-tree.js';
import { registerPerson, type PersonDetails, type PersonState } from '../domain/person.js';
import { GroupTreeStore } from '../groups/group-tree.store.js';
import { AccountStore } from './account.store.js';
import { generatedCode } from './generated-code.js';
import { Newcomers } from './newcomers.js';
import { PersonStore } from './person.store.js';

/** An account to open; without a code it gets one, without a group it is put where its kind belongs. */
export interface OpeningPlan extends Omit<NewAccount, 'code' | 'mainGroupId' | 'groupIds'> {
  readonly code?: string | undefined;
  readonly mainGroupId?: string | undefined;
  readonly groupIds?: readonly string[] | undefined;
  readonly people: readonly { readonly role: Role; readonly details: PersonDetails }[];
}

export interface Opening {
  readonly account: Stored<AccountState>;
  /** False when it was there already. */
  readonly opened: boolean;
}

type Asked = Omit<NewAccount, 'code'> & { readonly code: string | undefined };

interface Newcomer {
  readonly member: Member;
  readonly details: PersonDetails;
}

const codeAttempts = 5;

/**
 * People and their account are separate documents: people are written first, under ids that a repetition finds
 * again; the account's one write makes all of it visible. A refusal in between forgets the people.
 */
@Injectable()
export class AccountOpening {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
    private readonly newcomers: Newcomers,
    private readonly groups: GroupTreeStore,
  ) {}

  /** Opens an account under an id that names the request; repeated, it is found and `opened` is false. */
  async open(ctx: Ctx, accountId: string, plan: OpeningPlan): Promise<Opening> {
    const found = await this.accounts.find(ctx, accountId);
    if (found) return { account: found, opened: false };
    const newcomers = plan.people.map(({ role, details }, at) => ({ member: { personId: derivedId('per', ctx.tenantId, accountId, String(at)), role }, details }));
    const members = newcomers.map((n) => n.member);
    const { people: _people, code, mainGroupId, groupIds, ...asked } = plan;
    const place = placeIn(await this.groups.tree(ctx), mainGroupId ?? homeGroupOf(plan.kind), groupIds);
    openAccount(undefined, { ...asked, ...place, code: code ?? '' }, members);
    await this.register(ctx, accountId, newcomers);
    const opening = await this.openWithCode(ctx, accountId, { ...asked, ...place, code }, members).catch(async (error: unknown) => {
      await this.refuse(ctx, accountId, members, error);
      const twin = await this.accounts.find(ctx, accountId);
      if (twin) return { account: twin, opened: false };
      throw error;
    });
    await this.newcomers.placed(ctx, idsOf(members));
    return opening;
  }

  /** Adds one person to an account. */
  async add(ctx: Ctx, accountId: string, newcomer: Newcomer): Promise<{ readonly account: Stored<AccountState>; readonly person: Stored<PersonState> }> {
    const { member } = newcomer;
    const before = await this.accounts.get(ctx, accountId);
    if (addMember(before.state, member).length > 0) await this.register(ctx, accountId, [newcomer]);
    const account = await this.accounts.changeExisting(ctx, accountId, (state) => addMember(state, member)).catch(async (error: unknown) => {
      await this.refuse(ctx, accountId, [member], error);
      throw error;
    });
    await this.newcomers.placed(ctx, [member.personId]);
    return { account, person: await this.people.get(ctx, member.personId) };
  }

  private async openWithCode(ctx: Ctx, accountId: string, asked: Asked, members: readonly Member[]): Promise<Opening> {
    let opened = false;
    for (let attempt = 1; ; attempt += 1) {
      const code = asked.code ?? generatedCode('A', ctx.tenantId, accountId, attempt);
      try {
        const account = await this.accounts.change(ctx, accountId, (state) => {
          opened = state === undefined;
          return openAccount(state, { ...asked, code }, members);
        });
        return { account, opened };
      } catch (error) {
        const taken = error instanceof Rejection && error.code === 'accounts.code-taken';
        if (!taken || asked.code !== undefined || attempt === codeAttempts) throw error;
      }
    }
  }

  private async register(ctx: Ctx, accountId: string, newcomers: readonly Newcomer[]): Promise<void> {
    await this.newcomers.arrive(ctx, accountId, idsOf(newcomers.map((n) => n.member)));
    const at = new Date().toISOString();
    await Promise.all(newcomers.map(({ member, details }) => this.people.change(ctx, member.personId, () => registerPerson(accountId, details, at))));
  }

  /** A refusal by a rule is final; after anything else the request may be repeated and finds its people. */
  private async refuse(ctx: Ctx, accountId: string, members: readonly Member[], error: unknown): Promise<void> {
    if (!(error instanceof Rejection) || error.code === 'conflict.busy') throw error;
    await this.newcomers.refused(ctx, accountId, idsOf(members));
  }
}

const idsOf = (members: readonly Member[]): readonly string[] => members.map((m) => m.personId);
