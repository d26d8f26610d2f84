import { Injectable } from '@nestjs/common';
import { isStaff, type AgreementState as AgreementStateReply, type Ctx, type RequestOf, type SignAgreement } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { AccountStore } from '../accounts/account.store.js';
import { currentVersion, type AgreementState } from '../domain/agreement.js';
import { demandSignable, isOpen, standingOf, type Entry } from '../domain/signature.js';
import { AgreementStore } from './agreement.store.js';
import { Signatories } from './signatories.js';
import { SignatureStore } from './signature.store.js';

interface Signed {
  readonly signerPersonId: string;
  readonly method: 'online' | 'in_person' | 'paper';
}
/** Whose agreements are asked for. */
interface Question {
  readonly accountId: string;
  readonly learnerId?: string | undefined;
  readonly occasion?: string | undefined;
}

const students: readonly string[] = ['learner', 'independent', 'employee'];

/** Who accepted which text, for whom: what accounts themselves and enrolment ask before they let somebody go on. */
@Injectable()
export class AgreementLedger {
  constructor(
    private readonly agreements: AgreementStore,
    private readonly signatures: SignatureStore,
    private readonly accounts: AccountStore,
    private readonly people: Signatories,
  ) {}

  /** Where the family and its learners stand with every agreement in use; those signed every time only with an occasion. */
  async states(ctx: Ctx, { accountId, learnerId, occasion }: Question): Promise<readonly AgreementStateReply[]> {
    const [{ state: account }, inUse, once, forOccasion] = await Promise.all([
      this.accounts.get(ctx, accountId), this.agreements.inUse(ctx), this.signatures.entries(ctx, accountId, null), occasion === undefined ? [] : this.signatures.entries(ctx, accountId, occasion),
    ]);
    const learners = account.members.filter((m) => students.includes(m.role) && (learnerId === undefined || m.personId === learnerId)).map((m) => m.personId);
    if (learnerId !== undefined && learners.length === 0) throw new Rejection('resource.not-found');
    const asked = inUse.filter((a) => a.state.signing === 'once' || occasion !== undefined);
    return asked.flatMap((agreement) => {
      const entries = agreement.state.signing === 'once' ? once : forOccasion;
      const subjects = agreement.state.audience === 'family' ? [null] : learners;
      return subjects.map((subject) => stateReply(agreement, subject, about(entries, agreement.id, subject)));
    });
  }

  /** A customer goes on only when the family's agreements, and those of this learner, are accepted as they are now. Rejects `agreement.outdated`. */
  async demandCurrent(ctx: Ctx, accountId: string, learnerId?: string): Promise<void> {
    if (ctx.actor.type !== 'user' || isStaff(ctx.actor)) return;
    const open = (await this.states(ctx, { accountId, learnerId })).filter((s) => isOpen(s) && (s.subjectPersonId === null || s.subjectPersonId === learnerId));
    if (open.length > 0) throw new Rejection('agreement.outdated', { agreementIds: [...new Set(open.map((s) => s.agreementId))] });
  }

  /** Accepts or declines the text in use; said twice it is one entry. */
  async sign(ctx: Ctx, body: RequestOf<typeof SignAgreement>, { signerPersonId, method }: Signed): Promise<Entry> {
    const { accountId, agreementId, textHash, decision, learnerId: subjectPersonId = null, occasion = null } = body;
    const { state: agreement } = await this.agreements.get(ctx, agreementId);
    const authority = await this.people.authority(ctx, accountId, { signerPersonId, subjectPersonId });
    demandSignable(agreement, { agreementId, textHash, decision, occasion, subjectPersonId });
    const entries = about(await this.signatures.entries(ctx, accountId, occasion), agreementId, subjectPersonId);
    const kind = decision === 'accept' ? 'accepted' : 'declined';
    const standing = standingOf(agreement, entries);
    if (standing.entry?.kind === kind && standing.entry.textHash === textHash) return standing.entry;
    return this.signatures.record(ctx, { kind, agreementId, versionId: currentVersion(agreement).id, textHash, accountId, subjectPersonId, signerPersonId, authority, method, occasion, withdraws: null }, entries[0]);
  }

  /** Takes a signature back by somebody who could have given it. */
  async withdraw(ctx: Ctx, accountId: string, signatureId: string, signerPersonId: string): Promise<Entry> {
    const { state: signature } = await this.signatures.get(ctx, signatureId);
    if (signature.accountId !== accountId || signature.kind === 'withdrawn') throw new Rejection('resource.not-found');
    const authority = await this.people.authority(ctx, accountId, { signerPersonId, subjectPersonId: signature.subjectPersonId });
    const entries = about(await this.signatures.entries(ctx, accountId, signature.occasion), signature.agreementId, signature.subjectPersonId);
    const before = entries.find((e) => e.withdraws === signatureId);
    return before ?? this.signatures.record(ctx, { ...signature, kind: 'withdrawn', signerPersonId, authority, method: 'online', withdraws: signatureId }, entries[0]);
  }
}

const about = (entries: readonly Entry[], agreementId: string, subject: string | null): readonly Entry[] => entries.filter((e) => e.agreementId === agreementId && e.subjectPersonId === subject);

function stateReply({ id, state }: Stored<AgreementState>, subjectPersonId: string | null, entries: readonly Entry[]): AgreementStateReply {
  const { id: versionId, textHash } = currentVersion(state);
  const { title, audience, signing } = state;
  const standing = standingOf(state, entries);
  return { agreementId: id, title, audience, signing, versionId, textHash, subjectPersonId, state: standing.state, signatureId: standing.entry?.id ?? null };
}
