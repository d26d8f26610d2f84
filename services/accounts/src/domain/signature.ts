import { ageInMonths, Rejection, type Aggregate, type Instant, type LocalDate } from '@matricula/kernel';
import type { Role } from './account.js';
import { currentVersion, type AgreementState } from './agreement.js';

export type Authority = 'self' | 'guardian' | 'parent' | 'manager' | 'account';

/** One entry of the ledger of agreements: never changed; taking a signature back is an entry of its own (B-16). */
export interface SignatureState {
  readonly kind: 'accepted' | 'declined' | 'withdrawn';
  readonly agreementId: string;
  readonly versionId: string;
  readonly textHash: string;
  readonly accountId: string;
  /** For which learner; null: for the family. */
  readonly subjectPersonId: string | null;
  readonly signerPersonId: string;
  readonly authority: Authority;
  readonly method: 'online' | 'in_person' | 'paper';
  readonly recordedBy: string;
  /** Where the signature came from, as the gateway saw it. */
  readonly clientAddress: string | null;
  /** What it is for where every time is asked; null otherwise. */
  readonly occasion: string | null;
  readonly withdraws: string | null;
  readonly at: Instant;
}
export type SignatureFact = { readonly type: 'SignatureRecorded' } & SignatureState;

export const signatureAggregate: Aggregate<SignatureState, SignatureFact> = { name: 'signature', evolve: (_state, { type: _type, ...signature }) => signature };

export interface Signatory {
  readonly personId: string;
  readonly role: Role;
  readonly birthDate: LocalDate | undefined;
}

const adultMonths = 18 * 12;
const isAdult = (person: Signatory, today: LocalDate): boolean => !['learner', 'employee'].includes(person.role) || (person.birthDate !== undefined && ageInMonths(person.birthDate, today) >= adultMonths);

/** Who signs for whom, on a day; `isParent` when the two are so related. */
export interface Signing {
  readonly signer: Signatory;
  /** Null: for the family. */
  readonly subject: Signatory | null;
  readonly isParent: boolean;
  readonly today: LocalDate;
}

/**
 * By what right: an adult signs for themselves and nobody else does; for a minor (or whose age is not known) a guardian
 * of the account, a manager, or a parent. Rejects `agreement.no-authority`. Source: domain.md C2, Agreement.
 */
export function authorityOf({ signer, subject, isParent, today }: Signing): Authority {
  const leads = ['primary_guardian', 'secondary_guardian', 'independent', 'manager'].includes(signer.role);
  if (subject === null) {
    if (leads) return 'account';
    throw new Rejection('agreement.no-authority');
  }
  const adult = isAdult(subject, today);
  if (adult && signer.personId === subject.personId) return 'self';
  if (adult || signer.personId === subject.personId) throw new Rejection('agreement.no-authority');
  if (signer.role === 'primary_guardian' || signer.role === 'secondary_guardian') return 'guardian';
  if (signer.role === 'manager') return 'manager';
  if (isParent && isAdult(signer, today)) return 'parent';
  throw new Rejection('agreement.no-authority');
}

export interface Entry extends SignatureState {
  readonly id: string;
}

/** Where a family or learner stands with an agreement. */
export interface Standing {
  readonly state: 'accepted' | 'declined' | 'outdated' | 'missing';
  /** The entry that says so. */
  readonly entry: Entry | undefined;
}

/** The entries about one agreement and subject (and occasion), the latest first, as they count now. */
export function standingOf(agreement: AgreementState, entries: readonly Entry[]): Standing {
  const takenBack = new Set(entries.flatMap((e) => (e.withdraws === null ? [] : [e.withdraws])));
  const entry = entries.find((e) => e.kind !== 'withdrawn' && !takenBack.has(e.id));
  if (!entry || entry.kind === 'withdrawn') return { state: 'missing', entry: undefined };
  if (entry.textHash === currentVersion(agreement).textHash) return { state: entry.kind, entry };
  return { state: entry.kind === 'accepted' && !agreement.resignOnNewVersion ? 'accepted' : 'outdated', entry };
}

/** Still to be signed? What was declined was answered. */
export const isOpen = ({ state }: Pick<Standing, 'state'>): boolean => state === 'missing' || state === 'outdated';

export interface Ask {
  readonly agreementId: string;
  readonly textHash: string;
  readonly decision: 'accept' | 'decline';
  readonly occasion: string | null;
  readonly subjectPersonId: string | null;
}

/** What is signed must be the text in use, for the right party. Rejects `agreement.retired`, `agreement.outdated`, `agreement.accept-only`, `request.invalid`. */
export function demandSignable(agreement: AgreementState, ask: Ask): void {
  if (agreement.status === 'retired') throw new Rejection('agreement.retired');
  const errors = [
    ...((ask.subjectPersonId === null) === (agreement.audience === 'student') ? [{ pointer: '/learnerId', code: 'agreement.audience', detail: agreement.audience === 'student' ? 'Say for which learner it is signed.' : 'This agreement is signed for the family: leave the learner out.' }] : []),
    ...((ask.occasion === null) === (agreement.signing === 'every_time') ? [{ pointer: '/occasion', code: 'agreement.occasion', detail: agreement.signing === 'every_time' ? 'Say what it is signed for.' : 'This agreement is signed once: leave the occasion out.' }] : []),
  ];
  if (errors.length > 0) throw new Rejection('request.invalid', { errors });
  if (ask.decision === 'decline' && agreement.audience === 'family') throw new Rejection('agreement.accept-only');
  if (ask.textHash !== currentVersion(agreement).textHash) throw new Rejection('agreement.outdated', { agreementIds: [ask.agreementId] });
}
