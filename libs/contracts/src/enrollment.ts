import { z } from 'zod';
import { EventActor } from './envelope.js';
import { CsvText, Currency, Id, ImportReport, Instant, LocalDate, LocationId, Money, Name, page, paging, PositiveMoney } from './fields.js';
import { command, event, query } from './kit.js';

export const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM').meta({ id: 'TimeOfDay' });
export const ClassSession = z.object({ date: LocalDate, startsAt: TimeOfDay, endsAt: TimeOfDay }).meta({ id: 'ClassSession' });
export const CatalogueClass = z
  .object({
    id: Id,
    code: z.string(),
    title: Name,
    category: z.string(),
    locationId: z.string(),
    locationName: z.string(),
    weekdays: z.array(z.int().min(0).max(6)).meta({ description: '0 Sunday … 6 Saturday' }),
    startsAt: TimeOfDay,
    endsAt: TimeOfDay,
    firstDate: LocalDate,
    lastDate: LocalDate,
    sessions: z.int(),
    minAgeMonths: z.int().nullable(),
    maxAgeMonths: z.int().nullable(),
    fee: Money,
    capacity: z.int(),
    openPlaces: z.int().meta({ description: 'Places for new enrolments: capacity − taken − held, less where a makeup fills a coming session' }),
    version: z.int(),
  })
  .meta({ id: 'Class' });
export type CatalogueClass = z.infer<typeof CatalogueClass>;

export const EnrolmentState = z.enum(['pending', 'confirmed', 'declined']);
export const Enrolment = z
  .object({
    id: Id,
    accountId: Id,
    learnerId: Id,
    classId: Id,
    classTitle: z.string(),
    state: EnrolmentState.meta({ description: 'pending: accepted, seat held, finishing as soon as billing answers' }),
    fee: Money,
    chargeId: Id.nullable(),
    declineReason: z.string().nullable(),
    dates: z.array(LocalDate),
    requestedAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Enrolment' });
export type Enrolment = z.infer<typeof Enrolment>;

export const Requirement = z.object({ type: z.enum(['account', 'eligibility', 'profile', 'schedule']), code: z.string(), detail: z.string() }).meta({ id: 'Requirement', description: 'One unmet requirement and what clears it (EN-25, B-06)' });

export const Absence = z.object({ id: Id, accountId: Id, learnerId: Id, enrolmentId: Id, classId: Id, date: LocalDate, makeupTokenId: Id.nullable(), reportedAt: Instant }).meta({ id: 'Absence' });
export type Absence = z.infer<typeof Absence>;
export const MakeupTokenState = z.enum(['available', 'pending', 'spent', 'expired']);
export const MakeupToken = z
  .object({ id: Id, accountId: Id, learnerId: Id, sourceClassId: Id, sourceDate: LocalDate, state: MakeupTokenState, expiresOn: LocalDate, makeup: z.object({ classId: Id, date: LocalDate }).nullable(), version: z.int() })
  .meta({ id: 'MakeupToken' });
export type MakeupToken = z.infer<typeof MakeupToken>;

export const ImportProgrammes = command('enrollment.importProgrammes', {
  summary: 'Load the class catalogue from the City of Toronto\'s "Registered Programs" CSV',
  request: z.strictObject({
    csv: CsvText,
    rules: z.strictObject({
      currency: Currency,
      feePerSession: z.int().min(1).max(100_000).meta({ description: 'Minor units per session; the file has no fees' }),
      capacity: z.int().min(1).max(200).meta({ description: 'Places per class; the file has no capacities' }),
      notBefore: LocalDate.meta({ description: 'Terms that began earlier are moved forward by whole weeks to start on or after this date' }),
      locationNames: z.record(z.string(), Name).default({}).meta({ description: 'Location ID → name where the file leaves it out' }),
    }),
  }),
  reply: ImportReport,
  access: { who: 'user', may: 'catalogue.write' },
  rejects: ['import.not-csv', 'import.too-many-rows'],
});
export const CreateClass = command('enrollment.createClass', {
  summary: 'Add a class to the catalogue',
  request: z.strictObject({
    code: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
    title: Name,
    category: Name,
    locationId: LocationId,
    locationName: Name,
    weekdays: z.array(z.int().min(0).max(6)).min(1).max(7),
    startsAt: TimeOfDay,
    endsAt: TimeOfDay,
    firstDate: LocalDate,
    lastDate: LocalDate,
    minAgeMonths: z.int().min(0).optional(),
    maxAgeMonths: z.int().min(0).optional(),
    fee: PositiveMoney,
    capacity: z.int().min(1).max(200),
  }),
  reply: CatalogueClass,
  access: { who: 'user', may: 'catalogue.write' },
  rejects: ['class.not-open', 'class.code-taken'],
});
export const ListClasses = query('enrollment.listClasses', {
  summary: 'The class catalogue by title',
  request: z.strictObject({ locationId: LocationId.optional(), ...paging }),
  reply: page(CatalogueClass),
  access: { who: 'user', may: 'catalogue.read' },
});
export const GetClass = query('enrollment.getClass', {
  summary: 'One class with its sessions',
  request: z.strictObject({ classId: Id }),
  reply: CatalogueClass.extend({ schedule: z.array(ClassSession.extend({ openPlaces: z.int() })) }),
  access: { who: 'user', may: 'catalogue.read' },
  rejects: ['resource.not-found'],
});
export const Enrol = command('enrollment.enrol', {
  summary: 'Enrol a learner in a class: hold the seat, post the fee, confirm (SG-02)',
  request: z.strictObject({ accountId: Id, learnerId: Id, classId: Id }),
  reply: Enrolment,
  access: { who: 'user', may: 'enrolments.write', account: 'accountId' },
  rejects: ['resource.not-found', 'class.full', 'class.not-open', 'enrollment.requirements-unmet', 'enrollment.already-enrolled'],
  idempotent: true,
});
export const GetEnrolment = query('enrollment.getEnrolment', {
  summary: 'One enrolment',
  request: z.strictObject({ accountId: Id, enrolmentId: Id }),
  reply: Enrolment,
  access: { who: 'user', may: 'enrolments.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const ListEnrolments = query('enrollment.listEnrolments', {
  summary: 'Enrolments of an account, newest first (EN-02)',
  request: z.strictObject({ accountId: Id, ...paging }),
  reply: page(Enrolment),
  access: { who: 'user', may: 'enrolments.read', account: 'accountId' },
});
export const ReportAbsence = command('enrollment.reportAbsence', {
  summary: 'Report a learner absent from one session; a makeup token is issued once per session (EN-12, EN-17)',
  request: z.strictObject({ accountId: Id, enrolmentId: Id, date: LocalDate, comment: z.string().max(500).optional() }),
  reply: Absence,
  access: { who: 'user', may: 'enrolments.write', account: 'accountId', flag: 'absence.future.allowed' },
  rejects: ['resource.not-found', 'enrollment.not-active', 'absence.no-session', 'absence.too-late'],
  idempotent: true,
});
export const ListMakeupTokens = query('enrollment.listMakeupTokens', {
  summary: 'Makeup tokens of an account, available ones first by expiry (EN-11)',
  request: z.strictObject({ accountId: Id }),
  reply: z.object({ items: z.array(MakeupToken) }),
  access: { who: 'user', may: 'enrolments.read', account: 'accountId', flag: 'makeup.tokens.enabled' },
});
export const RedeemMakeupToken = command('enrollment.redeemMakeupToken', {
  summary: 'Use a makeup token for one session of a class with a free place (EN-13)',
  request: z.strictObject({ accountId: Id, tokenId: Id, classId: Id, date: LocalDate }),
  reply: MakeupToken,
  access: { who: 'user', may: 'enrolments.write', account: 'accountId', flag: 'makeup.tokens.enabled' },
  rejects: ['resource.not-found', 'makeup.token-unavailable', 'makeup.token-expired', 'makeup.same-session', 'makeup.not-eligible', 'absence.no-session', 'absence.too-late', 'class.full'],
  idempotent: true,
});

const enrolled = { enrolmentId: Id, accountId: Id, learnerId: Id, classId: Id, actor: EventActor };
export const ClassCreated = event('enrollment.class.created.v1', { summary: 'A class was added to the catalogue', data: z.object({ classId: Id, code: z.string(), locationId: z.string(), capacity: z.int(), fee: Money, actor: EventActor }) });
export const EnrolmentRequested = event('enrollment.enrollment.requested.v1', { summary: 'An enrolment was accepted and is being completed', data: z.object(enrolled) });
export const EnrolmentConfirmed = event('enrollment.enrollment.confirmed.v1', { summary: 'A learner has a place in a class', data: z.object({ ...enrolled, fee: Money, chargeId: Id }) });
export const EnrolmentDeclined = event('enrollment.enrollment.declined.v1', { summary: 'An enrolment did not come about; nothing is owed for it', data: z.object({ ...enrolled, reason: z.string() }) });
export const AbsenceReported = event('enrollment.absence.reported.v1', { summary: 'A learner will miss a session', data: z.object({ absenceId: Id, enrolmentId: Id, accountId: Id, learnerId: Id, classId: Id, date: LocalDate, actor: EventActor }) });
export const MakeupTokenIssued = event('enrollment.makeup_token.issued.v1', { summary: 'A missed session may be made up', data: z.object({ tokenId: Id, accountId: Id, learnerId: Id, sourceClassId: Id, sourceDate: LocalDate, expiresOn: LocalDate, actor: EventActor }) });
export const MakeupTokenRedeemed = event('enrollment.makeup_token.redeemed.v1', { summary: 'A makeup token was used for a session', data: z.object({ tokenId: Id, accountId: Id, learnerId: Id, classId: Id, date: LocalDate, actor: EventActor }) });
