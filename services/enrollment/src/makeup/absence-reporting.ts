import { Injectable } from '@nestjs/common';
import type { Ctx, ReportAbsence, RequestOf } from '@matricula/contracts';
import { addDays, addMs, Rejection, type Instant } from '@matricula/kernel';
import { derivedId, type Stored } from '@matricula/platform';
import { ClassStore } from '../catalogue/class.store.js';
import { checkReportable, reportAbsence, resumeSettlement, settleAbsence, type AbsenceState } from '../domain/absence.js';
import { backoffMs } from '../domain/enrolment.js';
import type { LocalMoment } from '../domain/local-time.js';
import { issueToken, tokenLifeDays } from '../domain/makeup-token.js';
import { freeSession } from '../domain/seat-ledger.js';
import { EnrolmentStore } from '../enrolment/enrolment.store.js';
import { machineNow, originOf } from '../own-context.js';
import type { Resumable, Resumption } from '../recovery/recovery.job.js';
import { AbsenceStore } from './absence.store.js';
import { MakeupTokenStore } from './makeup-token.store.js';

const leaseMs = 6_000;

/** SG-06, first half: an absence frees the seat for that date and brings one makeup token. */
@Injectable()
export class AbsenceReporting implements Resumable {
  constructor(
    private readonly absences: AbsenceStore,
    private readonly tokens: MakeupTokenStore,
    private readonly classes: ClassStore,
    private readonly enrolments: EnrolmentStore,
  ) {}

  /** The same learner and session again is the same absence and the same token. */
  async report(ctx: Ctx, request: RequestOf<typeof ReportAbsence>, now: LocalMoment): Promise<Stored<AbsenceState>> {
    const { accountId, enrolmentId, date, comment } = request;
    const { state: enrolment } = await this.enrolments.get(ctx, enrolmentId);
    if (enrolment.accountId !== accountId) throw new Rejection('resource.not-found');
    const { learnerId, classId } = enrolment;
    const id = derivedId('abs', ctx.tenantId, learnerId, classId, date);
    if (!(await this.absences.find(ctx, id))) checkReportable(enrolment, date, now);
    const reported = {
      accountId, learnerId, enrolmentId, classId, date, comment: comment ?? null, reportedAt: ctx.now, origin: originOf(ctx),
      makeupTokenId: derivedId('mkt', ctx.tenantId, learnerId, classId, date), tokenExpiresOn: addDays(date, tokenLifeDays),
    };
    return this.settle(ctx, await this.absences.change(ctx, id, (a) => reportAbsence(a, reported, addMs(machineNow(), leaseMs))));
  }

  async unfinished(now: Instant, limit: number): Promise<readonly Resumption[]> {
    return (await this.absences.due(now, limit)).map(({ tenantId, id, state }) => ({ tenantId, id, origin: state.origin }));
  }

  async resume(ctx: Ctx, id: string): Promise<void> {
    const now = machineNow();
    await this.settle(ctx, await this.absences.changeExisting(ctx, id, (a) => resumeSettlement(a, now, addMs(now, leaseMs + backoffMs(a.attempt)))));
  }

  /** Every step may be repeated, by several at once. */
  private async settle(ctx: Ctx, { id, version, state }: Stored<AbsenceState>): Promise<Stored<AbsenceState>> {
    if (state.nextAttemptAt === undefined) return { id, version, state };
    const { accountId, learnerId, classId, date, enrolmentId, makeupTokenId, tokenExpiresOn } = state;
    await this.classes.changeExisting(ctx, classId, (c) => freeSession(c.seats, enrolmentId, date, ctx.now));
    await this.tokens.change(ctx, makeupTokenId, (t) => issueToken(t, { accountId, learnerId, sourceClassId: classId, sourceDate: date, expiresOn: tokenExpiresOn }));
    return this.absences.changeExisting(ctx, id, settleAbsence);
  }
}
