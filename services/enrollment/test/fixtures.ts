import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateClass, Enrol, GetClass, GetEnrolment, GetLearner, GetProvider, ListMakeupTokens, PostEnrolmentCharge, RedeemMakeupToken, RefuseEnrolmentCharge, ReportAbsence, type CallContext, type Procedure, type ReplyOf, type RequestInputOf } from '@matricula/contracts';
import { addDays, Rejection, type LocalDate } from '@matricula/kernel';
import { openService, type RunningService } from '@matricula/platform';
import { callContext, customerActor, MovableClock, newKey, poll, startStack, TestBus, type Stack } from '@matricula/testing';
import { enrollmentService } from '../src/enrollment.module.js';

/** Saturday noon in Toronto. */
export const today = '2026-08-01T16:00:00.000Z';
export const publishedFile = readFileSync(join(__dirname, '../../../examples/registered-programs.csv'), 'utf8');
export const importRules = { currency: 'CAD', feePerSession: 1_250, capacity: 12, notBefore: '2026-09-07', locationNames: { '7': 'Amesbury Sports Complex' } };

interface Learner {
  readonly accountId: string;
  readonly birthDate: LocalDate | null;
  readonly accountStatus: 'enabled' | 'disabled';
}

/** Stands in for accounts: knows the learners it was told of. */
export class AccountsStandIn {
  readonly learners = new Map<string, Learner>();
  private stops: readonly (() => void)[] = [];

  constructor(private readonly test: TestBus) {
    this.answerAgain();
  }

  answerAgain(): void {
    const { test } = this;
    this.pause();
    this.stops = [
      test.answer(GetProvider, () => ({ id: 'harbour', name: 'Harbour Arts & Sports', currency: 'CAD', timeZone: 'America/Toronto', locations: [{ id: '7', name: 'Amesbury' }] })),
      test.answer(GetLearner, ({ accountId, learnerId }): ReplyOf<typeof GetLearner> => {
        const learner = this.learners.get(learnerId);
        if (learner?.accountId !== accountId) throw new Rejection('resource.not-found');
        return { accountId, accountKind: 'family', accountStatus: learner.accountStatus, learnerId, role: 'learner', name: 'A Learner', birthDate: learner.birthDate };
      }),
    ];
  }

  /** Nobody answers. */
  pause(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
  }
}

type Mood = 'posts' | 'silent' | 'posts silently' | 'refuses' | 'in trouble';

/** Stands in for billing: posts each charge once, and can be gone, silent, or unwilling. */
export class BillingStandIn {
  /** chargeId → how often it was asked for and posted. */
  readonly posted = new Map<string, number>();
  /** Charge ids that nobody can post any more. */
  readonly refused = new Set<string>();
  mood: Mood = 'posts';
  private subscriptions: readonly (() => void)[] = [];

  constructor(private readonly test: TestBus) {
    this.comeBack();
  }

  /** Nobody answers: the caller is told at once that there is no responder. */
  goAway(): void {
    for (const leave of this.subscriptions) leave();
    this.subscriptions = [];
  }

  comeBack(): void {
    this.goAway();
    const post = this.test.answer(PostEnrolmentCharge, ({ chargeId, accountId, learnerId, description, amount, locationId }) => {
      if (this.mood === 'refuses') throw new Rejection('billing.too-many-open-items', { max: 500 });
      if (this.mood === 'in trouble') throw new Rejection('internal.unexpected');
      if (this.mood === 'silent') return undefined;
      if (this.refused.has(chargeId)) throw new Rejection('billing.charge-refused');
      this.posted.set(chargeId, (this.posted.get(chargeId) ?? 0) + 1);
      if (this.mood === 'posts silently') return undefined;
      return { id: chargeId, accountId, learnerId, description, amount, outstanding: amount, postedAt: today, dueDate: '2026-08-01', locationId, invoiceId: null };
    });
    const refuse = this.test.answer(RefuseEnrolmentCharge, ({ chargeId }): ReplyOf<typeof RefuseEnrolmentCharge> => {
      if (this.posted.has(chargeId)) return { state: 'posted' };
      this.refused.add(chargeId);
      return { state: 'refused' };
    });
    this.subscriptions = [post, refuse];
  }
}

/** The service on a real stack, with accounts and billing played by the test. */
export class World {
  readonly clock = new MovableClock(today);
  readonly accounts: AccountsStandIn;
  readonly billing: BillingStandIn;
  /** How long a call waits for its answer. */
  patienceMs = 10_000;
  private made = 0;

  private constructor(
    readonly stack: Stack,
    readonly test: TestBus,
  ) {
    this.accounts = new AccountsStandIn(test);
    this.billing = new BillingStandIn(test);
  }

  static async openWithoutService(): Promise<World> {
    const stack = await startStack();
    return new World(stack, await TestBus.open(stack.natsUrl));
  }

  static async open(): Promise<{ world: World; service: RunningService }> {
    const world = await World.openWithoutService();
    return { world, service: await world.openService() };
  }

  openService(): Promise<RunningService> {
    return openService(enrollmentService, this.stack.env, this.clock);
  }

  async close(): Promise<void> {
    await this.test.close();
    await this.stack.stop();
  }

  call<P extends Procedure>(procedure: P, body: RequestInputOf<P>, over: Partial<CallContext> = {}): Promise<ReplyOf<P>> {
    return this.test.rpc.call(procedure, callContext({ idempotencyKey: newKey(), ...over }), body, this.patienceMs);
  }

  /** A child of a family of its own, nine years old. */
  learner(over: Partial<Learner> = {}): { accountId: string; learnerId: string } {
    const n = String((this.made += 1)).padStart(6, '0');
    const accountId = over.accountId ?? `acc_${n}`;
    this.accounts.learners.set(`per_${n}`, { accountId, birthDate: '2017-05-20', accountStatus: 'enabled', ...over });
    return { accountId, learnerId: `per_${n}` };
  }

  /** A class on eight Tuesdays from 2026-09-08, 17:00 to 18:00. */
  async class(over: Partial<RequestInputOf<typeof CreateClass>> = {}): Promise<ReplyOf<typeof CreateClass>> {
    const code = `C${(this.made += 1)}`;
    return this.call(CreateClass, {
      code, title: `Class ${code}`, category: 'Arts', locationId: '7', locationName: 'Amesbury', weekdays: [2], startsAt: '17:00', endsAt: '18:00',
      firstDate: '2026-09-08', lastDate: '2026-10-27', fee: { amount: 10_000, currency: 'CAD' }, capacity: 5, ...over,
    });
  }

  /** The class of the week: the nth lies in a time slot that overlaps with no other. */
  async slot(n: number, over: Partial<RequestInputOf<typeof CreateClass>> = {}): Promise<ReplyOf<typeof CreateClass>> {
    const hour = (h: number): string => `${String(h).padStart(2, '0')}:00`;
    return this.class({ weekdays: [1 + (n % 5)], startsAt: hour(8 + n), endsAt: hour(9 + n), firstDate: '2026-09-07', lastDate: '2026-10-30', ...over });
  }

  enrol(who: { accountId: string; learnerId: string }, classId: string, idempotencyKey = newKey()): Promise<ReplyOf<typeof Enrol>> {
    return this.call(Enrol, { ...who, classId }, { idempotencyKey });
  }

  /** The enrolment once it is no longer pending. */
  settled({ accountId, id: enrolmentId }: { accountId: string; id: string }): Promise<ReplyOf<typeof GetEnrolment>> {
    return poll('the enrolment to settle', async () => {
      const found = await this.call(GetEnrolment, { accountId, enrolmentId });
      return found.state === 'pending' ? undefined : found;
    }, 20_000);
  }

  openPlaces = async (classId: string): Promise<number> => (await this.call(GetClass, { classId })).openPlaces;

  openOn = async (classId: string, date: LocalDate): Promise<number | undefined> => (await this.call(GetClass, { classId })).schedule.find((s) => s.date === date)?.openPlaces;

  report(accountId: string, enrolmentId: string, date: LocalDate, idempotencyKey = newKey()): Promise<ReplyOf<typeof ReportAbsence>> {
    return this.call(ReportAbsence, { accountId, enrolmentId, date }, { idempotencyKey });
  }

  redeem({ accountId, tokenId }: { accountId: string; tokenId: string }, classId: string, date: LocalDate, idempotencyKey = newKey()): Promise<ReplyOf<typeof RedeemMakeupToken>> {
    return this.call(RedeemMakeupToken, { accountId, tokenId, classId, date }, { idempotencyKey });
  }

  tokens = async (accountId: string) => (await this.call(ListMakeupTokens, { accountId })).items;

  /** A family with one makeup token: enrolled in `classId`, absent on `date`. */
  async tokenHolder(classId: string, date: LocalDate): Promise<{ accountId: string; learnerId: string; tokenId: string }> {
    const who = this.learner();
    const enrolment = await this.settled(await this.enrol(who, classId));
    const absence = await this.report(who.accountId, enrolment.id, date);
    return { ...who, tokenId: absence.makeupTokenId ?? '' };
  }
}

/** What came of each racer: how many succeeded, and the codes of the others. */
export async function race<T>(racers: readonly (() => Promise<T>)[]): Promise<{ won: T[]; codes: Record<string, number> }> {
  const ends = await Promise.allSettled(racers.map((run) => run()));
  const codes: Record<string, number> = {};
  for (const end of ends) {
    if (end.status === 'rejected') {
      const code = end.reason instanceof Rejection ? end.reason.code : String(end.reason);
      codes[code] = (codes[code] ?? 0) + 1;
    }
  }
  return { won: ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])), codes };
}

export const primaryGuardian = (accountId: string) => customerActor({ accountId, role: 'primary_guardian', personId: 'per_guardian' });
export const weekAfter = (date: LocalDate): LocalDate => addDays(date, 7);
