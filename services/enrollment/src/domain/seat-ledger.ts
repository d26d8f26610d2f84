import { addDays, isPast, Rejection, unreachable, type Instant, type LocalDate } from '@matricula/kernel';

/** A seat that an enrolment occupies on every date of the class. */
export interface Place {
  readonly enrolmentId: string;
  readonly learnerId: string;
  readonly state: 'held' | 'taken';
  /** Until when an unfinished enrolment keeps the seat; null while its charge may have been posted, and once taken. */
  readonly heldUntil: Instant | null;
}
/** A seat on one date, for a learner who makes up a missed session. */
export interface Makeup {
  readonly tokenId: string;
  readonly redemptionId: string;
  readonly learnerId: string;
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
}

export type SeatFact =
  | { readonly type: 'SeatHeld'; readonly at: Instant; readonly enrolmentId: string; readonly learnerId: string; readonly heldUntil: Instant }
  | { readonly type: 'SeatKept'; readonly at: Instant; readonly enrolmentId: string }
  | { readonly type: 'SeatTaken'; readonly at: Instant; readonly enrolmentId: string }
  | { readonly type: 'SeatReleased'; readonly at: Instant; readonly enrolmentId: string }
  | { readonly type: 'SessionFreed'; readonly at: Instant; readonly enrolmentId: string; readonly date: LocalDate }
  | { readonly type: 'MakeupPlaced'; readonly at: Instant; readonly tokenId: string; readonly redemptionId: string; readonly learnerId: string; readonly date: LocalDate }
  | { readonly type: 'MakeupRemoved'; readonly at: Instant; readonly redemptionId: string };

export const emptySeats = (capacity: number): SeatLedger => ({ capacity, places: [], makeups: [], absences: [] });

/** Dates are kept a month after they passed: nothing that a crash left unfinished is that old. */
const keepDays = 31;

/** Every write leaves out holds that have expired and dates that are long past. */
function settled(seats: SeatLedger, at: Instant): SeatLedger {
  const oldest = addDays(at.slice(0, 10), -keepDays);
  return { ...seats, places: livePlaces(seats, at), makeups: seats.makeups.filter((m) => m.date >= oldest), absences: seats.absences.filter((a) => a.date >= oldest) };
}

export function evolveSeats(before: SeatLedger, fact: SeatFact): SeatLedger {
  const seats = settled(before, fact.at);
  const { places, makeups, absences } = seats;
  switch (fact.type) {
    case 'SeatHeld':
      return { ...seats, places: [...places, { enrolmentId: fact.enrolmentId, learnerId: fact.learnerId, state: 'held', heldUntil: fact.heldUntil }] };
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
    case 'MakeupRemoved':
      return { ...seats, makeups: makeups.filter((m) => m.redemptionId !== fact.redemptionId) };
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

/** Holds a seat until `heldUntil`; nothing to do when the enrolment has one. Rejects `class.full`. */
export function holdSeat(seats: SeatLedger, who: { readonly enrolmentId: string; readonly learnerId: string }, heldUntil: Instant, now: Instant): readonly SeatFact[] {
  if (placeOf(seats, who.enrolmentId, now)) return [];
  if (openPlaces(seats, now) < 1) throw full(seats);
  return [{ type: 'SeatHeld', at: now, enrolmentId: who.enrolmentId, learnerId: who.learnerId, heldUntil }];
}

/** From here the charge may exist: the hold ends by an answer, no longer by time. Rejects `class.full` when it has expired. */
export function keepSeat(seats: SeatLedger, enrolmentId: string, now: Instant): readonly SeatFact[] {
  const place = placeOf(seats, enrolmentId, now);
  if (!place) throw full(seats);
  return place.heldUntil === null ? [] : [{ type: 'SeatKept', at: now, enrolmentId }];
}

/** A held seat becomes the learner's. Rejects `class.full` when there is no hold. */
export function takeSeat(seats: SeatLedger, enrolmentId: string, now: Instant): readonly SeatFact[] {
  const place = placeOf(seats, enrolmentId, now);
  if (!place) throw full(seats);
  return place.state === 'taken' ? [] : [{ type: 'SeatTaken', at: now, enrolmentId }];
}

/** Gives the seat back; nothing to do when there is none. */
export function releaseSeat(seats: SeatLedger, enrolmentId: string, now: Instant): readonly SeatFact[] {
  return placeOf(seats, enrolmentId, now) ? [{ type: 'SeatReleased', at: now, enrolmentId }] : [];
}

/** A known absence frees the seat for one date; nothing to do when it did before or when there is no seat. */
export function freeSession(seats: SeatLedger, enrolmentId: string, date: LocalDate, now: Instant): readonly SeatFact[] {
  const known = seats.absences.some((a) => a.enrolmentId === enrolmentId && a.date === date);
  return known || placeOf(seats, enrolmentId, now)?.state !== 'taken' ? [] : [{ type: 'SessionFreed', at: now, enrolmentId, date }];
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

/** A seat on one date for a makeup; nothing to do when this redemption has it. Rejects `makeup.not-eligible`, `class.full`. */
export function placeMakeup(seats: SeatLedger, request: MakeupRequest, now: Instant): readonly SeatFact[] {
  const { date, learnerId, redemptionId, tokenId } = request;
  if (seats.makeups.some((m) => m.redemptionId === redemptionId)) return [];
  checkMakeup(seats, learnerId, date, now);
  return [{ type: 'MakeupPlaced', at: now, tokenId, redemptionId, learnerId, date }];
}

/** Takes a makeup's seat back; nothing to do when there is none. */
export function removeMakeup(seats: SeatLedger, redemptionId: string, now: Instant): readonly SeatFact[] {
  return seats.makeups.some((m) => m.redemptionId === redemptionId) ? [{ type: 'MakeupRemoved', at: now, redemptionId }] : [];
}
