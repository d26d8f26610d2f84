import { Injectable } from '@nestjs/common';
import type { CreateAccount, Ctx, RequestOf, UpdateAccount } from '@matricula/contracts';
import type { AccountState } from '../domain/account.js';
import { demandValues, withValues } from '../domain/custom-field.js';
import { demandComplete, missingFields, missingInEdit } from '../domain/form.js';
import { RecordRules } from '../forms/record-rules.js';
import { ProviderStore } from '../providers/provider.store.js';
import type { OpeningPlan } from './account-opening.js';
import { PersonRules } from './person-rules.js';

/** What somebody may write down about an account, and how it is kept. */
@Injectable()
export class AccountRules {
  constructor(
    private readonly providers: ProviderStore,
    private readonly people: PersonRules,
    private readonly records: RecordRules,
  ) {}

  /** A new account as it is opened; rejects what is wrong with it or with its people, or missing. */
  async opened(ctx: Ctx, body: RequestOf<typeof CreateAccount>): Promise<OpeningPlan> {
    const [{ state: provider }, rules] = await Promise.all([this.providers.own(ctx), this.records.now(ctx)]);
    const custom = withValues(undefined, body.custom ?? {});
    demandValues(rules.fields, 'account', custom);
    demandComplete(missingFields(rules.account, rules.fields, { ...body, custom }));
    const people = await this.people.opened(ctx, body.people.map(({ role, ...details }) => ({ role, details })));
    return { ...body, custom, status: 'enabled', currency: provider.currency, people };
  }

  /** What is asked of an account that changes, once it is known: a mandatory field of a section that is being edited (ID-36). */
  async changed(ctx: Ctx, changes: Omit<RequestOf<typeof UpdateAccount>, 'accountId'>): Promise<(state: AccountState) => void> {
    const rules = await this.records.now(ctx);
    demandValues(rules.fields, 'account', changes.custom ?? {});
    return (state) => {
      const after = { ...state, ...changes, custom: withValues(state.custom, changes.custom ?? {}) };
      demandComplete(missingInEdit(missingFields(rules.account, rules.fields, after), Object.keys(changes)));
    };
  }
}
