import { Injectable } from '@nestjs/common';
import type { Ctx, RedeemMakeupToken, RequestOf } from '@matricula/contracts';
import { addMs, invariant, Rejection, type Instant } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { ClassStore } from '../catalogue/class.store.js';
import type { ClassState } from '../domain/class.js';
import { backoffMs } from '../domain/enrolment.js';
import { dateOf, hasCome } from '../domain/local-time.js';
import { beginRedemption, checkRedeemable, confirmRedemption, resumeRedemption, returnToken, type MakeupTokenState, type Redemption } from '../domain/makeup-token.js';
import { clashOf, unmetAge } from '../domain/requirements.js';
import { barMakeup, checkMakeup, hasMakeup, isAbsent, placeMakeup } from '../domain/seat-ledger.js';
import { EnrolmentStore } from '../enrolment/enrolment.store.js';
import { machineNow, originOf } from '../own-context.js';
import { AccountsAdapter } from '../people/accounts.adapter.js';
import type { Resumable, Resumption } from '../recovery/recovery.job.js';
import { MakeupTokenStore } from './makeup-token.store.js';

type Request = RequestOf<typeof RedeemMakeupToken>;
type StoredToken = Stored<MakeupTokenState>;
/** What came of a redemption: the token as it is, and why there is no seat. */
interface Settled {
  readonly token: StoredToken;
  readonly refusal?: Rejection;
}

const leaseMs = 6_000;
const noSeat = ['class.full', 'makeup.not-eligible'];

/**
 * SG-06, second half: the token is tied to the session first (one redemption wins), then the seat is taken, then the
 * token says so. Without a seat the token returns with its original expiry, once no attempt can take a seat any more.
 */
@Injectable()
export class Redeeming implements Resumable {
  constructor(
    private readonly tokens: MakeupTokenStore,
    private readonly classes: ClassStore,
    private readonly accounts: AccountsAdapter,
    private readonly enrolments: EnrolmentStore,
  ) {}

  async redeem(ctx: Ctx, request: Request): Promise<StoredToken> {
    const redemptionId = ctx.idempotencyKey === undefined ? newId('red') : derivedId('red', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const token = await this.tokens.get(ctx, request.tokenId);
    if (token.state.accountId !== request.accountId) throw new Rejection('resource.not-found');
    if (token.state.makeup?.redemptionId === redemptionId) return this.resume(ctx, token.id);
    try {
      return await this.begin(ctx, redemptionId, token, request);
    } catch (error) {
      // the same request may have won the token meanwhile: then it stands in its own way
      const now = error instanceof Rejection ? await this.tokens.get(ctx, token.id) : undefined;
      if (now?.state.makeup?.redemptionId !== redemptionId) throw error;
      return this.resume(ctx, token.id);
    }
  }

  private async begin(ctx: Ctx, redemptionId: string, found: StoredToken, request: Request): Promise<StoredToken> {
    const { tokenId, classId, date } = request;
    const today = await this.admitted(ctx, found.state, request);
    let mine = false;
    const begun = await this.tokens.changeExisting(ctx, tokenId, (t) => {
      const facts = beginRedemption(t, { redemptionId, classId, date, origin: originOf(ctx) }, today, addMs(machineNow(), leaseMs));
      mine = facts.length > 0;
      return facts;
    });
    if (!mine) return this.resume(ctx, tokenId);
    const { token, refusal } = await this.settle(ctx, begun);
    if (refusal) throw refusal;
    return token;
  }

  async unfinished(now: Instant, limit: number): Promise<readonly Resumption[]> {
    return (await this.tokens.due(now, limit)).flatMap(({ tenantId, id, state }) => (state.makeup ? [{ tenantId, id, origin: state.makeup.origin }] : []));
  }

  /** Takes a redemption that waits for its seat on, unless another driver is at it. */
  async resume(ctx: Ctx, id: string): Promise<StoredToken> {
    let resumed = false;
    const token = await this.tokens.changeExisting(ctx, id, (t) => {
      const now = machineNow();
      const facts = resumeRedemption(t, now, addMs(now, leaseMs + backoffMs(t.attempt)));
      resumed = facts.length > 0;
      return facts;
    });
    if (!resumed) return token;
    return (await this.settle(ctx, token)).token;
  }

  /** Every rule that needs no seat; returns the provider's date of today. Nothing is stored yet. */
  private async admitted(ctx: Ctx, token: MakeupTokenState, request: Request): Promise<string> {
    const { classId, date } = request;
    const now = await this.accounts.localNow(ctx);
    checkRedeemable(token, request, dateOf(now));
    const { state: target } = await this.classes.get(ctx, classId);
    if (!target.dates.includes(date)) throw new Rejection('absence.no-session');
    if (hasCome(date, target.startsAt, now)) throw new Rejection('absence.too-late');
    const learner = await this.accounts.learner(ctx, token.accountId, token.learnerId);
    if (!learner) throw new Rejection('makeup.not-eligible', { reason: 'the learner has left the account' });
    if (!learner.accountEnabled) throw new Rejection('makeup.not-eligible', { reason: 'the account is disabled' });
    const [unmet] = unmetAge(target, learner.birthDate, date);
    if (unmet) throw new Rejection('makeup.not-eligible', { reason: unmet.detail, requirement: unmet.code });
    checkMakeup(target.seats, token.learnerId, date, ctx.now);
    if (await this.isElsewhere(ctx, token.learnerId, target, date)) throw new Rejection('makeup.not-eligible', { reason: 'the learner is in another class at the same time', requirement: 'learner.schedule-clash' });
    return dateOf(now);
  }

  private async settle(ctx: Ctx, token: StoredToken): Promise<Settled> {
    const { makeup } = token.state;
    invariant(makeup !== null, 'a redemption has a session');
    if (makeup.seated) return { token };
    const refusal = await this.place(ctx, token, makeup);
    if (refusal && (await this.hasNoSeat(ctx, makeup))) {
      const returned = await this.tokens.changeExisting(ctx, token.id, (t) => returnToken(t, makeup.redemptionId, token.state.attempt));
      // a later attempt may have found a seat meanwhile
      return returned.state.makeup?.redemptionId === makeup.redemptionId ? { token: returned } : { token: returned, refusal };
    }
    return { token: await this.tokens.changeExisting(ctx, token.id, (t) => confirmRedemption(t, makeup.redemptionId)) };
  }

  /** Takes the seat; returns why there is none. */
  private async place(ctx: Ctx, { id: tokenId, state }: StoredToken, makeup: Redemption): Promise<Rejection | undefined> {
    const { redemptionId, classId, date } = makeup;
    try {
      if (makeup.resumed && (await this.isOver(ctx, makeup))) return new Rejection('absence.too-late');
      await this.classes.changeExisting(ctx, classId, (c) => placeMakeup(c.seats, { tokenId, redemptionId, learnerId: state.learnerId, date }, ctx.now));
      return undefined;
    } catch (error) {
      if (error instanceof Rejection && noSeat.includes(error.code)) return error;
      throw error;
    }
  }

  /** No seat without a token: before the token returns, no earlier attempt may have a seat, or find one later. */
  private async hasNoSeat(ctx: Ctx, makeup: Redemption): Promise<boolean> {
    if (!makeup.resumed) return true;
    const { state } = await this.classes.changeExisting(ctx, makeup.classId, (c) => barMakeup(c.seats, makeup, ctx.now));
    return !hasMakeup(state.seats, makeup.redemptionId);
  }

  /** Has the session begun while the redemption waited? */
  private async isOver(ctx: Ctx, { classId, date }: Redemption): Promise<boolean> {
    const [{ state: target }, now] = await Promise.all([this.classes.get(ctx, classId), this.accounts.localNow(ctx)]);
    return hasCome(date, target.startsAt, now);
  }

  /** Is the learner in another class at the time of this session, and not known to be absent from it? */
  private async isElsewhere(ctx: Ctx, learnerId: string, target: ClassState, date: string): Promise<boolean> {
    const active = await this.enrolments.activeOf(ctx, learnerId, date);
    const clashing = active.filter((e) => clashOf(e.state, { ...target, dates: [date] }) !== undefined);
    const there = await Promise.all(clashing.map(async (e) => !isAbsent((await this.classes.get(ctx, e.state.classId)).state.seats, e.id, date)));
    return there.includes(true);
  }
}
