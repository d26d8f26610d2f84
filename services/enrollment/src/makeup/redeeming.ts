import { Injectable } from '@nestjs/common';
import type { Ctx, RedeemMakeupToken, RequestOf } from '@matricula/contracts';
import { addMs, invariant, Rejection, type Instant } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { ClassStore } from '../catalogue/class.store.js';
import { backoffMs } from '../domain/enrolment.js';
import { dateOf, hasCome } from '../domain/local-time.js';
import { beginRedemption, checkRedeemable, confirmRedemption, resumeRedemption, returnToken, type MakeupTokenState } from '../domain/makeup-token.js';
import { unmetAge } from '../domain/requirements.js';
import { checkMakeup, placeMakeup, removeMakeup } from '../domain/seat-ledger.js';
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
 * token says so. Without a seat the token returns with its original expiry.
 */
@Injectable()
export class Redeeming implements Resumable {
  constructor(
    private readonly tokens: MakeupTokenStore,
    private readonly classes: ClassStore,
    private readonly accounts: AccountsAdapter,
  ) {}

  async redeem(ctx: Ctx, request: Request): Promise<StoredToken> {
    const redemptionId = ctx.idempotencyKey === undefined ? newId('red') : derivedId('red', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const token = await this.tokens.get(ctx, request.tokenId);
    if (token.state.accountId !== request.accountId) throw new Rejection('resource.not-found');
    if (token.state.makeup?.redemptionId === redemptionId) return this.resume(ctx, token.id);
    const today = await this.admitted(ctx, token.state, request);
    const { classId, date } = request;
    const begun = await this.tokens.changeExisting(ctx, token.id, (t) => beginRedemption(t, { redemptionId, classId, date, origin: originOf(ctx) }, today, addMs(machineNow(), leaseMs)));
    const { token: settled, refusal } = await this.settle(ctx, begun);
    if (refusal) throw refusal;
    return settled;
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
    return (await this.isOver(ctx, token.state)) ? this.giveBack(ctx, token) : (await this.settle(ctx, token)).token;
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
    return dateOf(now);
  }

  private async settle(ctx: Ctx, token: StoredToken): Promise<Settled> {
    const { makeup, learnerId } = token.state;
    invariant(makeup !== null, 'a redemption has a session');
    if (makeup.seated) return { token };
    const { redemptionId, classId, date } = makeup;
    try {
      await this.classes.changeExisting(ctx, classId, (c) => placeMakeup(c.seats, { tokenId: token.id, redemptionId, learnerId, date }, ctx.now));
    } catch (error) {
      if (!(error instanceof Rejection) || !noSeat.includes(error.code)) throw error;
      const returned = await this.giveBack(ctx, token);
      // a later attempt may have found a seat meanwhile
      return returned.state.makeup?.redemptionId === redemptionId ? { token: returned } : { token: returned, refusal: error };
    }
    const confirmed = await this.tokens.changeExisting(ctx, token.id, (t) => confirmRedemption(t, redemptionId));
    if (confirmed.state.makeup?.redemptionId === redemptionId) return { token: confirmed };
    // a later attempt gave the token back: no seat without a token
    await this.classes.changeExisting(ctx, classId, (c) => removeMakeup(c.seats, redemptionId, ctx.now));
    return { token: confirmed, refusal: new Rejection('conflict.busy') };
  }

  private async giveBack(ctx: Ctx, { id, state }: StoredToken): Promise<StoredToken> {
    const redemptionId = state.makeup?.redemptionId ?? '';
    return this.tokens.changeExisting(ctx, id, (t) => returnToken(t, redemptionId, state.attempt));
  }

  /** Has the session begun while the redemption waited, without a seat? */
  private async isOver(ctx: Ctx, { makeup }: MakeupTokenState): Promise<boolean> {
    if (!makeup) return false;
    const [{ state: target }, now] = await Promise.all([this.classes.get(ctx, makeup.classId), this.accounts.localNow(ctx)]);
    return hasCome(makeup.date, target.startsAt, now) && !target.seats.makeups.some((m) => m.redemptionId === makeup.redemptionId);
  }
}
