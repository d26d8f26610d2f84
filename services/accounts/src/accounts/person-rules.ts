import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { localDateAt } from '@matricula/kernel';
import { AgreementLedger } from '../agreements/agreement-ledger.js';
import type { Role } from '../domain/account.js';
import { tidied, type DetailRules, type PersonDetails } from '../domain/person.js';
import { homeCountry } from '../domain/phone.js';
import type { ProviderState } from '../domain/provider.js';
import { ProviderStore } from '../providers/provider.store.js';

interface Place {
  readonly accountId: string;
  readonly role: Role;
  /** Absent while the person is being added. */
  readonly personId?: string;
}

/** What somebody may write down about a person, and how it is kept. */
@Injectable()
export class PersonRules {
  constructor(
    private readonly providers: ProviderStore,
    private readonly agreements: AgreementLedger,
  ) {}

  /** Details as they are kept. Rejects what is wrong with them, and `agreement.outdated` where a customer's agreements hold a student up (ID-24). */
  async kept<D extends Partial<PersonDetails>>(ctx: Ctx, { accountId, role, personId }: Place, details: D): Promise<D> {
    if (role === 'learner') await this.agreements.demandCurrent(ctx, accountId, personId);
    const { state: provider } = await this.providers.own(ctx);
    return tidied(details, detailRules(ctx, provider));
  }
}

/** What details of people are checked against at a provider. */
export const detailRules = (ctx: Ctx, provider: ProviderState): DetailRules => ({ today: localDateAt(ctx.now, provider.timeZone), homeCountry: homeCountry(provider.currency) });
