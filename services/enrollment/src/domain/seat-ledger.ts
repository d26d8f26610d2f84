import { addDays, isPast, Rejection, unreachable, type Instant, type LocalDate } from '@matricula/kernel';

/** A seat that an enrolment occupies on every date of the class. */
export interface Place {
  readonly enrolmentId: string;
  readonly learnerId: string;
  readonly state: 'held' | 'taken';
  /** Until when an unfinished enrolment keeps the seat; null while its charge may have been posted, and once taken. */
  readonly heldUntil: Instant | null;
  /** The latest attempt at the enrolment that came for the seat: an earlier one may no longer keep it or give it back. */
  readonly attempt: number;
}
/** A seat on one date, for a learner who makes up a missed session. */
export interface Makeup {
  readonly tokenId: string;
  readonly redemptionId: string;
  readonly learnerId: string;
  readonly date: LocalDate;
}
/** A redemption that was given up: no attempt at it finds a seat any more. */
export interface BarredMakeup {
  readonly redemptionId: string;
  readonly date: LocalDate;
}
/** A seat that stays empty on one date because its learner is known to be absent. */
export interface KnownAbsence {
  readonly enrolmentId: string;
  readonly date: LocalDate;
}
/** Who sits in a class. Never oversold: on each date taken + held + makeups − known absences ≤ capacity, and taken + held ≤ capacity. */
export interface SeatLedger {
  readonly capacity: number;
  readonly places: readonly Place[];
  readonly makeups: readonly Makeup[];
  readonly absences: readonly KnownAbsence[];
  /** Absent: none. */
  readonly barred?: readonly BarredMakeup[];
}

export type SeatFact =
  | { readonly type: 'SeatHeld'; readonly at: Instant; readonly enrolmentId: string; readonly learnerId: string; readonly attempt: number; readonly heldUntil: Instant }
  | { readonly type: 'SeatPassedOn'; readonly at: Instant; readonly enrolmentId: string; readonly attempt: number }
  | { readonly type: 'SeatKept'; readonly at: Instant; readonly enrolmentId: string }
  | { readonly type: 'SeatTaken'; readonly at: Instant; readonly enrolmentId: string }
  | { readonly type: 'SeatReleased'; readonly at: Instant; readonly enrolmentId: string }
  | { readonly type: 'SessionFreed'; readonly at: Instant; readonly enrolmentId: string; readonly date: LocalDate }
  | { readonly type: 'MakeupPlaced'; readonly at: Instant; readonly tokenId: string; readonly redemptionId: string; readonly learnerId: string; readonly date: LocalDate }
  | { readonly type: 'MakeupBarred'; readonly at: Instant; readonly redemptionId: string; readonly date: LocalDate };

export const emptySeats = (capacity: number): SeatLedger => ({ capacity, places: [], makeups: [], absences: [] });

/** Dates are kept a month after they passed: nothing that a crash left unfinished is that old. */
const keepDays = 31;

/** Every write leaves out holds that have expired and dates that are long past. */
function settled(seats: SeatLedger, at: Instant): SeatLedger {
  const oldest = addDays(at.slice(0, 10), -keepDays);
  return {
    ...seats,
    places: livePlaces(seats, at),
    makeups: seats.makeups.filter((m) => m.date >= oldest),
    absences: seats.absences.filter((a) => a.date >= oldest),
    ...(seats.barred && { barred: seats.barred.filter((b) => b.date >= oldest) }),
  };
}

export function evolveSeats(before: SeatLedger, fact: SeatFact): SeatLedger {
  const seats = settled(before, fact.at);
  const { places, makeups, absences } = seats;
  switch (fact.type) {
    case 'SeatHeld':
      return { ...seats, places: [...places, { enrolmentId: fact.enrolmentId, learnerId: fact.learnerId, state: 'held', heldUntil: fact.heldUntil, attempt: fact.attempt }] };
    case 'SeatPassedOn':
      return { ...seats, places: places.map((p) => (p.enrolmentId === fact.enrolmentId ? { ...p, attempt: fact.attempt } : p)) };
    case 'SeatKept':
      return { ...seats, places: places.map((p) => (p.enrolmentId === fact.enrolmentId ? { ...p, heldUntil: null } : p)) };
    case 'SeatTaken':
      return { ...seats, places: places.map((p) => (p.enrolmentId === fact.enrolmentId ? { ...p, state: 'taken', heldUntil: null } : p)) };
    case 'SeatReleased':
      return { ...seats, places: places.filter((p) => p.enrolmentId !== fact.enrolmentId), absences: absences.filter((a) => a.enrolmentId !== fact.enrolmentId) };
    case 'SessionFreed':
      return { ...seats, absences: [...absences, { enrolmentId: fact.enrolmentId, date: fact.date }] };
    case 'MakeupPlaced':
      return { ...seats, makeups: [...makeups, { tokenId: fact.tokenId, redemptionId: fact.redemptionId, learnerId: fact.learnerId, date: fact.date }] };
    case 'MakeupBarred':
      return { ...seats, barred: [...(seats.barred ?? []), { redemptionId: fact.redemptionId, date: fact.date }] };
    default:
      return unreachable(fact);
  }
}

/** Places that count: an expired hold is as good as gone. */
export function livePlaces(seats: SeatLedger, now: Instant): readonly Place[] {
  return seats.places.filter((p) => p.heldUntil === null || !isPast(p.heldUntil, now));
}

export const placeOf = (seats: SeatLedger, enrolmentId: string, now: Instant): Place | undefined => livePlaces(seats, now).find((p) => p.enrolmentId === enrolmentId);

const makeupsOn = (seats: SeatLedger, date: LocalDate): number => seats.makeups.filter((m) => m.date === date).length;
const absencesOn = (seats: SeatLedger, date: LocalDate): number => seats.absences.filter((a) => a.date === date).length;

/** Places for makeups on one date: capacity − taken − held − makeups + known absences of that date. */
export function openOn(seats: SeatLedger, date: LocalDate, now: Instant): number {
  return seats.capacity - livePlaces(seats, now).length - makeupsOn(seats, date) + absencesOn(seats, date);
}

/** Places for new enrolments: capacity − taken − held, less where makeups fill a coming date. */
export function openPlaces(seats: SeatLedger, now: Instant): number {
  // a day's margin, for what is still today somewhere west of UTC
  const yesterday = addDays(now.slice(0, 10), -1);
  const coming = [...new Set(seats.makeups.map((m) => m.date))].filter((date) => date >= yesterday);
  return Math.min(seats.capacity - livePlaces(seats, now).length, ...coming.map((date) => openOn(seats, date, now)));
}

const full = (seats: SeatLedger): Rejection => new Rejection('class.full', { capacity: seats.capacity });

/** One attempt at an enrolment; a later one takes over what an earlier one had. */
export interface Turn {
  readonly enrolmentId: string;
  readonly attempt: number;
}

/** The enrolment's seat, if any. Rejects `conflict.busy` when a later attempt has come for it. */
function placeFor(seats: SeatLedger, turn: Turn, now: Instant): Place | undefined {
  const place = placeOf(seats, turn.enrolmentId, now);
  if (place && place.attempt > turn.attempt) throw new Rejection('conflict.busy');
  return place;
}

/** Holds a seat until `heldUntil`; a seat that an earlier attempt left passes on to this one. Rejects `class.full`, `conflict.busy`. */
export function holdSeat(seats: SeatLedger, who: Turn & { readonly learnerId: string }, heldUntil: Instant, now: Instant): readonly SeatFact[] {
  const { enrolmentId, learnerId, attempt } = who;
  const place = placeFor(seats, who, now);
  if (place) return place.attempt === attempt ? [] : [{ type: 'SeatPassedOn', at: now, enrolmentId, attempt }];
  if (openPlaces(seats, now) < 1) throw full(seats);
  return [{ type: 'SeatHeld', at: now, enrolmentId, learnerId, attempt, heldUntil }];
}

/** From here the charge may exist: the hold ends by an answer, no longer by time. Rejects `class.full` when it has expired, `conflict.busy`. */
export function keepSeat(seats: SeatLedger, turn: Turn, now: Instant): readonly SeatFact[] {
  const { enrolmentId, attempt } = turn;
  const place = placeFor(seats, turn, now);
  if (!place) throw full(seats);
  const passedOn: readonly SeatFact[] = place.attempt === attempt ? [] : [{ type: 'SeatPassedOn', at: now, enrolmentId, attempt }];
  return place.heldUntil === null ? passedOn : [...passedOn, { type: 'SeatKept', at: now, enrolmentId }];
}

/** A held seat becomes the learner's. Rejects `class.full` when there is no hold. */
export function takeSeat(seats: SeatLedger, enrolmentId: string, now: Instant): readonly SeatFact[] {
  const place = placeOf(seats, enrolmentId, now);
  if (!place) throw full(seats);
  return place.state === 'taken' ? [] : [{ type: 'SeatTaken', at: now, enrolmentId }];
}

/** Gives a held seat back; nothing to do when there is none, when it is taken, or when a later attempt has come for it. */
export function releaseSeat(seats: SeatLedger, { enrolmentId, attempt }: Turn, now: Instant): readonly SeatFact[] {
  const place = placeOf(seats, enrolmentId, now);
  return place?.state === 'held' && place.attempt === attempt ? [{ type: 'SeatReleased', at: now, enrolmentId }] : [];
}

export const isAbsent = (seats: SeatLedger, enrolmentId: string, date: LocalDate): boolean => seats.absences.some((a) => a.enrolmentId === enrolmentId && a.date === date);

/** A known absence frees the seat for one date; nothing to do when it did before or when there is no seat. */
export function freeSession(seats: SeatLedger, enrolmentId: string, date: LocalDate, now: Instant): readonly SeatFact[] {
  return isAbsent(seats, enrolmentId, date) || placeOf(seats, enrolmentId, now)?.state !== 'taken' ? [] : [{ type: 'SessionFreed', at: now, enrolmentId, date }];
}

export interface MakeupRequest {
  readonly tokenId: string;
  readonly redemptionId: string;
  readonly learnerId: string;
  readonly date: LocalDate;
}

/** Is there a seat on this date for a learner who is not in the session already? Rejects `makeup.not-eligible`, `class.full`. */
export function checkMakeup(seats: SeatLedger, learnerId: string, date: LocalDate, now: Instant): void {
  const there = livePlaces(seats, now).some((p) => p.learnerId === learnerId) || seats.makeups.some((m) => m.date === date && m.learnerId === learnerId);
  if (there) throw new Rejection('makeup.not-eligible', { reason: 'the learner is in this session already' });
  if (openOn(seats, date, now) < 1) throw full(seats);
}

export const hasMakeup = (seats: SeatLedger, redemptionId: string): boolean => seats.makeups.some((m) => m.redemptionId === redemptionId);
const isBarred = (seats: SeatLedger, redemptionId: string): boolean => seats.barred?.some((b) => b.redemptionId === redemptionId) ?? false;

/** A seat on one date for a makeup; nothing to do when this redemption has it. Rejects `makeup.not-eligible`, `class.full`. */
export function placeMakeup(seats: SeatLedger, request: MakeupRequest, now: Instant): readonly SeatFact[] {
  const { date, learnerId, redemptionId, tokenId } = request;
  if (hasMakeup(seats, redemptionId)) return [];
  if (isBarred(seats, redemptionId)) throw full(seats);
  checkMakeup(seats, learnerId, date, now);
  return [{ type: 'MakeupPlaced', at: now, tokenId, redemptionId, learnerId, date }];
}

/** A redemption is given up: an attempt that still comes for its seat finds none. Nothing to do when it has its seat. */
export function barMakeup(seats: SeatLedger, { redemptionId, date }: Pick<MakeupRequest, 'redemptionId' | 'date'>, now: Instant): readonly SeatFact[] {
  return hasMakeup(seats, redemptionId) || isBarred(seats, redemptionId) ? [] : [{ type: 'MakeupBarred', at: now, redemptionId, date }];
}
