import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { localDateAt, Rejection } from '@matricula/kernel';
import { AgreementLedger } from '../agreements/agreement-ledger.js';
import type { Role } from '../domain/account.js';
import { demandValues, imagesIn, withValues } from '../domain/custom-field.js';
import { demandComplete, missingFields, missingInEdit } from '../domain/form.js';
import { tidied, type DetailRules, type PersonDetails } from '../domain/person.js';
import { homeCountry } from '../domain/phone.js';
import type { ProviderState } from '../domain/provider.js';
import { FileStore } from '../files/file.store.js';
import { RecordRules, type RecordRulesNow } from '../forms/record-rules.js';
import { ProviderStore } from '../providers/provider.store.js';

interface Place {
  readonly accountId: string;
  readonly role: Role;
}

interface NewPerson {
  readonly role: Role;
  readonly details: PersonDetails;
}

/** What somebody may write down about a person, and how it is kept. */
@Injectable()
export class PersonRules {
  constructor(
    private readonly providers: ProviderStore,
    private readonly agreements: AgreementLedger,
    private readonly records: RecordRules,
    private readonly files: FileStore,
  ) {}

  /** Details of a new person as they are kept. Rejects what is wrong with them or missing, and `agreement.outdated` where a customer's agreements hold a student up (ID-24). */
  async added<D extends PersonDetails>(ctx: Ctx, { accountId, role }: Place, details: D): Promise<D> {
    if (role === 'learner') await this.agreements.demandCurrent(ctx, accountId);
    const [person] = await this.all(ctx, [{ role, details }], () => '');
    return { ...details, ...person?.details };
  }

  /** The people of a new account as they are kept; `/people/0` points at the first. */
  opened(ctx: Ctx, people: readonly NewPerson[]): Promise<readonly NewPerson[]> {
    return this.all(ctx, people, (at) => `/people/${at}`);
  }

  /** A change as it is kept, and what is asked of the record once it is known: a mandatory field of a section that is being edited (ID-36). */
  async changed<D extends Partial<PersonDetails>>(ctx: Ctx, { accountId, role, personId }: Place & { readonly personId: string }, given: D): Promise<{ readonly changes: D; readonly demand: (state: PersonDetails) => void }> {
    if (role === 'learner') await this.agreements.demandCurrent(ctx, accountId, personId);
    const [{ state: provider }, rules] = await Promise.all([this.providers.own(ctx), this.records.now(ctx)]);
    const changes = tidied(given, detailRules(ctx, provider));
    await this.demandCustom(ctx, rules, changes, { personId, at: '' });
    const edited = Object.keys(changes);
    const demand = (state: PersonDetails): void => {
      const after = { ...state, ...changes, custom: withValues(state.custom, changes.custom ?? {}) };
      demandComplete(missingInEdit(missingFields(rules.person, rules.fields, after, role), edited));
    };
    return { changes, demand };
  }

  private async all(ctx: Ctx, people: readonly NewPerson[], pointer: (at: number) => string): Promise<readonly NewPerson[]> {
    const [{ state: provider }, rules] = await Promise.all([this.providers.own(ctx), this.records.now(ctx)]);
    const kept: NewPerson[] = [];
    for (const [index, { role, details }] of people.entries()) {
      const at = pointer(index);
      const tidy = tidied(details, detailRules(ctx, provider), at);
      await this.demandCustom(ctx, rules, tidy, { at });
      demandComplete(missingFields(rules.person, rules.fields, tidy, role), at);
      kept.push({ role, details: tidy });
    }
    return kept;
  }

  /** Values fit their fields; an image is one that was added for this field of this person. */
  private async demandCustom(ctx: Ctx, { fields }: RecordRulesNow, { custom }: Pick<PersonDetails, 'custom'>, { personId, at }: { readonly personId?: string; readonly at: string }): Promise<void> {
    if (!custom) return;
    demandValues(fields, 'person', custom, at);
    for (const { machineName, fileId } of imagesIn(fields, custom)) {
      const file = await this.files.find(ctx, fileId);
      const fits = file?.state.use === 'field_image' && file.state.field === machineName && file.state.personId === personId && file.state.status === 'ready';
      if (!fits) throw new Rejection('request.invalid', { errors: [{ pointer: `${at}/custom/${machineName}`, code: 'field.not-image', detail: 'Add an image for this field of this person first, then send its id.' }] });
    }
  }
}

/** What details of people are checked against at a provider. */
export const detailRules = (ctx: Ctx, provider: ProviderState): DetailRules => ({ today: localDateAt(ctx.now, provider.timeZone), homeCountry: homeCountry(provider.currency) });
