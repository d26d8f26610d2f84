import { Injectable } from '@nestjs/common';
import type { CreatePerson, Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { invariant } from '@matricula/kernel';
import { AccountOpening } from '../accounts/account-opening.js';
import { AccountView } from '../accounts/account.view.js';
import { PersonRules } from '../accounts/person-rules.js';
import { newIdFor } from '../accounts/request-ids.js';
import { demandGuest } from '../domain/account.js';
import { ProviderStore } from '../providers/provider.store.js';

/** Somebody without an account becomes a guest: one account each, so that guests share neither bills nor sight of each other (ID-27). */
@Injectable()
export class GuestOpening {
  constructor(
    private readonly providers: ProviderStore,
    private readonly opening: AccountOpening,
    private readonly view: AccountView,
    private readonly rules: PersonRules,
  ) {}

  async open(ctx: Ctx, { role, ...given }: RequestOf<typeof CreatePerson>): Promise<ReplyOf<typeof CreatePerson>> {
    demandGuest(role);
    const { state: provider } = await this.providers.own(ctx);
    const accountId = newIdFor(ctx, 'acc');
    const details = await this.rules.added(ctx, { accountId, role }, given);
    const name = `${details.firstName} ${details.lastName}`.slice(0, 120).trim();
    const { account } = await this.opening.open(ctx, accountId, { kind: 'guest', name, status: 'enabled', currency: provider.currency, people: [{ role, details }] });
    const [guest] = (await this.view.inFull(ctx, account)).people;
    invariant(guest !== undefined, 'a guest account has its guest');
    return guest;
  }
}
