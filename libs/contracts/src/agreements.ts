import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, Instant, Name, page, paging } from './fields.js';
import { command, event, query } from './kit.js';

/** Who an agreement is with: a family signs once for all, a student one by one (B-16). */
export const AgreementAudience = z.enum(['family', 'student']).meta({ id: 'AgreementAudience' });
/** `every_time`: a signature counts for one occasion, such as one enrolment. */
export const AgreementSigning = z.enum(['once', 'every_time']).meta({ id: 'AgreementSigning' });
export const TextHash = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex').meta({ id: 'TextHash', description: 'SHA-256 of the text in UTF-8, lower-case hex: `sha256sum` of the text as it was given out' });
const AgreementText = z.string().min(1).max(100_000).regex(/^[^\p{Cc}]*(?:[\n\r\t][^\p{Cc}]*)*$/u, 'no control characters but line breaks and tabs');
const Occasion = Id.meta({ description: 'What is signed for where every time is asked: the id of a class or an enrolment' });

export const AgreementVersion = z.object({ id: Id, number: z.int().min(1), textHash: TextHash, publishedAt: Instant }).meta({ id: 'AgreementVersion' });
export const Agreement = z
  .object({ id: Id, title: Name, audience: AgreementAudience, signing: AgreementSigning, resignOnNewVersion: z.boolean(), status: z.enum(['in_use', 'retired']), current: AgreementVersion, versions: z.array(AgreementVersion), version: z.int() })
  .meta({ id: 'Agreement', description: 'A waiver or policy; a published text never changes, a new one is a new version' });
export type Agreement = z.infer<typeof Agreement>;

export const SignatureKind = z.enum(['accepted', 'declined', 'withdrawn']);
export const Signature = z
  .object({
    id: Id,
    kind: SignatureKind,
    agreementId: Id,
    versionId: Id,
    textHash: TextHash,
    accountId: Id,
    subjectPersonId: Id.nullable().meta({ description: 'For which learner; null: for the family' }),
    signerPersonId: Id,
    authority: z.enum(['self', 'guardian', 'parent', 'manager', 'account']).meta({ description: 'By what right: the adult themselves, a guardian of the account, a parent, a manager, or for the family' }),
    method: z.enum(['online', 'in_person', 'paper']),
    recordedBy: z.string().meta({ description: 'The user who pressed the button' }),
    occasion: Id.nullable(),
    withdraws: Id.nullable().meta({ description: 'The signature that this one takes back' }),
    at: Instant,
  })
  .meta({ id: 'Signature', description: 'One entry of the ledger of agreements; never changed, taking back is an entry of its own' });
export type Signature = z.infer<typeof Signature>;

export const AgreementState = z
  .object({ agreementId: Id, title: z.string(), audience: AgreementAudience, signing: AgreementSigning, versionId: Id, textHash: TextHash, subjectPersonId: Id.nullable(), state: z.enum(['accepted', 'declined', 'outdated', 'missing']), signatureId: Id.nullable() })
  .meta({ id: 'AgreementState' });
export type AgreementState = z.infer<typeof AgreementState>;

export const CreateAgreement = command('accounts.createAgreement', {
  summary: 'Publish a waiver or policy with its first text (B-16)',
  request: z.strictObject({ title: Name, audience: AgreementAudience, signing: AgreementSigning.optional().meta({ description: 'Left out: as the provider\'s settings say' }), resignOnNewVersion: z.boolean().default(true), text: AgreementText }),
  reply: Agreement,
  access: { who: 'user', may: 'agreements.write' },
  rejects: ['agreement.too-many'],
});
export const PublishAgreementVersion = command('accounts.publishAgreementVersion', {
  summary: 'Publish a new text of an agreement; whoever accepted the old one is asked again; needs If-Match',
  request: z.strictObject({ agreementId: Id, text: AgreementText }),
  reply: Agreement,
  access: { who: 'user', may: 'agreements.write' },
  rejects: ['resource.not-found', 'agreement.retired', 'agreement.too-many'],
  versioned: true,
});
export const ChangeAgreement = command('accounts.changeAgreement', {
  summary: 'Change how an agreement is signed, or retire it; needs If-Match',
  request: z.strictObject({ agreementId: Id, signing: AgreementSigning.optional(), resignOnNewVersion: z.boolean().optional(), status: z.enum(['in_use', 'retired']).optional() }),
  reply: Agreement,
  access: { who: 'user', may: 'agreements.write' },
  rejects: ['resource.not-found'],
  versioned: true,
});
export const ListAgreements = query('accounts.listAgreements', { summary: 'Agreements of the provider by title', request: z.strictObject({ ...paging }), reply: page(Agreement.omit({ versions: true })), access: { who: 'user', may: 'agreements.read' } });
export const GetAgreement = query('accounts.getAgreement', { summary: 'One agreement with its versions', request: z.strictObject({ agreementId: Id }), reply: Agreement, access: { who: 'user', may: 'agreements.read' }, rejects: ['resource.not-found'] });
export const GetAgreementText = query('accounts.getAgreementText', {
  summary: 'The text of one version, as it was published',
  request: z.strictObject({ agreementId: Id, versionId: Id }),
  reply: z.object({ agreementId: Id, versionId: Id, textHash: TextHash, text: z.string() }),
  access: { who: 'user', may: 'agreements.read' },
  rejects: ['resource.not-found'],
});
export const GetAgreementState = query('accounts.getAgreementState', {
  summary: 'What an account has accepted and what is still to be signed, for the family and each learner',
  request: z.strictObject({ accountId: Id, learnerId: Id.optional().meta({ description: 'Only the family\'s and this learner\'s' }), occasion: Occasion.optional().meta({ description: 'With it, agreements that are signed every time are listed too' }) }),
  reply: z.object({ items: z.array(AgreementState) }),
  access: { who: 'user', may: 'agreements.read', account: 'accountId', person: 'learnerId' },
  rejects: ['resource.not-found'],
});
const signing = { accountId: Id, agreementId: Id, textHash: TextHash.meta({ description: 'Of the text that was shown' }), learnerId: Id.optional().meta({ description: 'For agreements with students' }), occasion: Occasion.optional(), decision: z.enum(['accept', 'decline']).default('accept') };
const signingRejects = ['resource.not-found', 'agreement.outdated', 'agreement.retired', 'agreement.no-authority', 'agreement.accept-only'] as const;
export const SignAgreement = command('accounts.signAgreement', {
  summary: 'Accept or decline an agreement, for the family or one learner',
  request: z.strictObject(signing),
  reply: Signature,
  access: { who: 'user', may: 'agreements.sign', account: 'accountId' },
  rejects: signingRejects,
});
export const RecordSignature = command('accounts.recordSignature', {
  summary: 'Write down what somebody signed at the office',
  request: z.strictObject({ ...signing, signerPersonId: Id, method: z.enum(['in_person', 'paper']) }),
  reply: Signature,
  access: { who: 'user', may: 'agreements.write', account: 'accountId' },
  rejects: signingRejects,
});
export const WithdrawSignature = command('accounts.withdrawSignature', {
  summary: 'Take a signature back; it stays in the ledger',
  request: z.strictObject({ accountId: Id, signatureId: Id }),
  reply: Signature,
  access: { who: 'user', may: 'agreements.sign', account: 'accountId' },
  rejects: ['resource.not-found', 'agreement.no-authority'],
});
export const ListSignatures = query('accounts.listSignatures', {
  summary: 'The ledger of an account: who accepted which text, for whom, when, how; the latest first',
  request: z.strictObject({ accountId: Id, ...paging }),
  reply: page(Signature),
  access: { who: 'user', may: 'agreements.read', account: 'accountId' },
});
export const ProveSignature = query('accounts.proveSignature', {
  summary: 'One signature with the very text that was signed: its SHA-256 is the textHash',
  request: z.strictObject({ accountId: Id, signatureId: Id }),
  reply: z.object({ signature: Signature, title: z.string(), versionNumber: z.int(), text: z.string(), clientAddress: z.string().nullable() }),
  access: { who: 'user', may: 'agreements.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});

export const AgreementPublished = event('accounts.agreement.published.v1', { summary: 'A text of an agreement was published', data: z.object({ agreementId: Id, versionId: Id, number: z.int(), textHash: TextHash, audience: AgreementAudience, signing: AgreementSigning, actor: EventActor }) });
export const AgreementChanged = event('accounts.agreement.changed.v1', { summary: 'An agreement is signed otherwise, or was retired', data: z.object({ agreementId: Id, signing: AgreementSigning, resignOnNewVersion: z.boolean(), status: z.enum(['in_use', 'retired']), actor: EventActor }) });
export const SignatureRecorded = event('accounts.signature.recorded.v1', {
  summary: 'Somebody accepted or declined an agreement, or took that back',
  data: Signature.pick({ kind: true, agreementId: true, versionId: true, textHash: true, accountId: true, subjectPersonId: true, signerPersonId: true, withdraws: true }).extend({ signatureId: Id, actor: EventActor }),
});
