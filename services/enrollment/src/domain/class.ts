import { addDays, datesOn, Rejection, unreachable, type Aggregate, type LocalDate, type Money } from '@matricula/kernel';
import { emptySeats, evolveSeats, type SeatFact, type SeatLedger } from './seat-ledger.js';

/** What a provider offers: a course at one place, on some weekdays of a term. */
export interface Programme {
  /** The provider's own code; one class per code. */
  readonly code: string;
  readonly title: string;
  readonly category: string;
  readonly locationId: string;
  readonly locationName: string;
  /** 0 Sunday … 6 Saturday. */
  readonly weekdays: readonly number[];
  /** HH:MM on the provider's wall clock; so is `endsAt`. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly firstDate: LocalDate;
  readonly lastDate: LocalDate;
  readonly minAgeMonths: number | null;
  readonly maxAgeMonths: number | null;
  readonly fee: Money;
  readonly capacity: number;
}

/** A class with its sessions and its seats. */
export interface ClassState extends Omit<Programme, 'capacity'> {
  readonly dates: readonly LocalDate[];
  readonly seats: SeatLedger;
  /** Ids of the users who teach it and see its roster; absent until somebody is assigned. */
  readonly instructorIds?: readonly string[] | undefined;
}

export type ClassFact =
  | ({ readonly type: 'ClassCreated'; readonly dates: readonly LocalDate[] } & Programme)
  | { readonly type: 'InstructorsAssigned'; readonly instructorIds: readonly string[] }
  | SeatFact;

export const classAggregate: Aggregate<ClassState, ClassFact> = {
  name: 'class',
  evolve(state, fact) {
    switch (fact.type) {
      case 'ClassCreated': {
        const { type: _type, capacity, ...offered } = fact;
        return { ...offered, seats: emptySeats(capacity) };
      }
      case 'InstructorsAssigned':
        if (!state) throw new Error(`${fact.type} before ClassCreated`);
        return { ...state, instructorIds: fact.instructorIds };
      case 'SeatHeld':
      case 'SeatPassedOn':
      case 'SeatKept':
      case 'SeatTaken':
      case 'SeatReleased':
      case 'SessionFreed':
      case 'MakeupPlaced':
      case 'MakeupBarred':
        if (!state) throw new Error(`${fact.type} before ClassCreated`);
        return { ...state, seats: evolveSeats(state.seats, fact) };
      default:
        return unreachable(fact);
    }
  },
};

/** A term is at most this long, so that a class has a bounded number of sessions. */
const longestTermDays = 730;

/** The dates on which a programme meets; none when its term is empty or longer than two years. */
export function datesOf(programme: Pick<Programme, 'firstDate' | 'lastDate' | 'weekdays'>): readonly LocalDate[] {
  const { firstDate, lastDate, weekdays } = programme;
  return lastDate > addDays(firstDate, longestTermDays) ? [] : datesOn(firstDate, lastDate, weekdays);
}

/** Adds a class; nothing to do when the same is there. Rejects `class.not-open` (no dates), `class.code-taken` (another class). */
export function createClass(state: ClassState | undefined, programme: Programme): readonly ClassFact[] {
  if (state) {
    if (offersSame(state, programme)) return [];
    throw new Rejection('class.code-taken', { code: programme.code });
  }
  checkTimes(programme);
  const dates = datesOf(programme);
  if (dates.length === 0) throw new Rejection('class.not-open');
  return [{ type: 'ClassCreated', ...programme, dates }];
}

/** Replaces who teaches a class; nothing to do when they are the same. */
export function assignInstructors(state: ClassState, instructorIds: readonly string[]): readonly ClassFact[] {
  const ids = [...new Set(instructorIds)].toSorted();
  return ids.join() === (state.instructorIds ?? []).join() ? [] : [{ type: 'InstructorsAssigned', instructorIds: ids }];
}

/** Does this user teach the class? */
export const teaches = (state: ClassState, userId: string): boolean => state.instructorIds?.includes(userId) ?? false;

function checkTimes(programme: Programme): void {
  const errors = [];
  if (programme.endsAt <= programme.startsAt) errors.push({ pointer: '/endsAt', code: 'class.ends-before-start', detail: 'A session ends after it starts, on the same day.' });
  if (programme.minAgeMonths !== null && programme.maxAgeMonths !== null && programme.maxAgeMonths < programme.minAgeMonths) {
    errors.push({ pointer: '/maxAgeMonths', code: 'class.ages-reversed', detail: 'The maximum age is not below the minimum age.' });
  }
  if (errors.length > 0) throw new Rejection('request.invalid', { errors });
}

/** Is this class what the programme says, field by field? */
export function offersSame(state: ClassState, programme: Programme): boolean {
  const { weekdays, fee, capacity, ...plain } = programme;
  const here = new Map<string, unknown>(Object.entries(state));
  const same = Object.entries(plain).every(([field, value]) => here.get(field) === value);
  return same && state.seats.capacity === capacity && state.fee.amount === fee.amount && state.fee.currency === fee.currency && state.weekdays.join() === weekdays.join();
}
