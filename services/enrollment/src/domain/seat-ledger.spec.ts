import { describe, expect, it } from '@jest/globals';
import { chance } from '@matricula/testing/chance';
import * as fc from 'fast-check';
import { addDays, addMs, Rejection, type Instant } from '@matricula/kernel';
import { emptySeats, evolveSeats, freeSession, holdSeat, keepSeat, livePlaces, openOn, openPlaces, placeMakeup, releaseSeat, barMakeup, takeSeat, type SeatFact, type SeatLedger } from './seat-ledger.js';

const start = '2026-09-01T12:00:00.000Z';
const minute = 60_000;
const at = (minutes: number): Instant => addMs(start, minutes * minute);
const tuesday = '2026-09-08';

/** A ledger as a test walks through it. */
class Seats {
  now = start;
  constructor(public ledger: SeatLedger) {}

  /** Decides, folds; returns the refusal's code, or how many facts there were. */
  do(decide: (ledger: SeatLedger, now: Instant) => readonly SeatFact[]): string | number {
    try {
      const facts = decide(this.ledger, this.now);
      this.ledger = facts.reduce(evolveSeats, this.ledger);
      return facts.length;
    } catch (error) {
      if (error instanceof Rejection) return error.code;
      throw error;
    }
  }
  hold = (e: string, attempt = 1, learner = `per_${e}`) => this.do((l, now) => holdSeat(l, { enrolmentId: e, learnerId: learner, attempt }, addMs(now, 15 * minute), now));
  keep = (e: string, attempt = 1) => this.do((l, now) => keepSeat(l, { enrolmentId: e, attempt }, now));
  take = (e: string) => this.do((l, now) => takeSeat(l, e, now));
  release = (e: string, attempt = 1) => this.do((l, now) => releaseSeat(l, { enrolmentId: e, attempt }, now));
  absent = (e: string, date = tuesday) => this.do((l, now) => freeSession(l, e, date, now));
  makeup = (t: string, date = tuesday, learner = `kid_${t}`) => this.do((l, now) => placeMakeup(l, { tokenId: t, redemptionId: t, learnerId: learner, date }, now));
  bar = (t: string, date = tuesday) => this.do((l, now) => barMakeup(l, { redemptionId: t, date }, now));
  open = () => openPlaces(this.ledger, this.now);
  on = (date = tuesday) => openOn(this.ledger, date, this.now);
}
const seats = (capacity: number): Seats => new Seats(emptySeats(capacity));

describe('the seats of a class', () => {
  it('are held, kept and taken, each step once', () => {
    const s = seats(1);
    expect([s.hold('a'), s.hold('a'), s.keep('a'), s.keep('a'), s.take('a'), s.take('a'), s.keep('a'), s.hold('a')]).toEqual([1, 0, 1, 0, 1, 0, 0, 0]);
    expect(s.ledger.places).toEqual([{ enrolmentId: 'a', learnerId: 'per_a', state: 'taken', heldUntil: null, attempt: 1 }]);
    expect([s.open(), s.hold('b')]).toEqual([0, 'class.full']);
  });
  it('a hold ends at its very minute; the next write forgets it', () => {
    const s = seats(1);
    s.hold('a');
    s.now = at(14.99);
    expect(s.hold('b')).toBe('class.full');
    s.now = at(15);
    expect([s.open(), s.keep('a'), s.take('a'), s.hold('b')]).toEqual([1, 'class.full', 'class.full', 1]);
    expect(s.ledger.places.map((p) => p.enrolmentId)).toEqual(['b']);
    expect(s.hold('a')).toBe('class.full');
  });
  it('while a charge may have been posted, the hold ends by no clock', () => {
    const s = seats(1);
    s.hold('a');
    s.keep('a');
    s.now = at(60 * 24 * 30);
    expect([s.hold('b'), s.take('a'), s.hold('b')]).toEqual(['class.full', 1, 'class.full']);
  });
  it('a released seat is free; releasing twice changes nothing', () => {
    const s = seats(1);
    s.hold('a');
    s.keep('a');
    expect([s.release('a'), s.release('a'), s.open(), s.hold('b')]).toEqual([1, 0, 1, 1]);
  });
  it('an attempt that was overtaken neither keeps the seat nor gives it back', () => {
    const s = seats(1);
    expect([s.hold('a', 1), s.hold('a', 2), s.hold('a', 2)]).toEqual([1, 1, 0]);
    expect([s.hold('a', 1), s.keep('a', 1), s.release('a', 1)]).toEqual(['conflict.busy', 'conflict.busy', 0]);
    expect([s.keep('a', 2), s.release('a', 1), s.keep('a', 3), s.release('a', 2), s.open()]).toEqual([1, 0, 1, 0, 0]);
    expect([s.release('a', 3), s.hold('b')]).toEqual([1, 1]);
  });
  it('nobody gives a taken seat back', () => {
    const s = seats(1);
    s.hold('a');
    s.take('a');
    expect([s.release('a'), s.open()]).toEqual([0, 0]);
  });
  it('a redemption that was given up finds no seat; one that has its seat is not given up', () => {
    const s = seats(2);
    expect([s.bar('t1'), s.bar('t1'), s.makeup('t1'), s.on()]).toEqual([1, 0, 'class.full', 2]);
    expect([s.makeup('t2'), s.bar('t2'), s.on()]).toEqual([1, 0, 1]);
  });
  it('a known absence frees one date, once, and only of a taken seat', () => {
    const s = seats(1);
    s.hold('a');
    expect(s.absent('a')).toBe(0);
    s.take('a');
    expect([s.absent('a'), s.absent('a'), s.absent('x'), s.on(), s.on('2026-09-15'), s.open()]).toEqual([1, 0, 0, 1, 0, 0]);
    expect([s.makeup('t1'), s.makeup('t1'), s.makeup('t2'), s.on()]).toEqual([1, 0, 'class.full', 0]);
  });
  it('a makeup takes one date; a new enrolment needs every coming date', () => {
    const s = seats(1);
    expect([s.makeup('t1'), s.on(), s.on('2026-09-15'), s.open(), s.hold('a'), s.makeup('t2', '2026-09-15')]).toEqual([1, 0, 1, 0, 'class.full', 1]);
    const past = seats(1);
    past.makeup('t1');
    past.now = '2026-09-10T12:00:00.000Z';
    expect(past.hold('a')).toBe(1);
  });
  it('who sits in the session already makes nothing up there', () => {
    const s = seats(5);
    s.hold('a', 1, 'kid');
    expect(s.makeup('t1', tuesday, 'kid')).toBe('makeup.not-eligible');
    s.makeup('t2', tuesday, 'other');
    expect([s.makeup('t3', tuesday, 'other'), s.makeup('t3', '2026-09-15', 'other')]).toEqual(['makeup.not-eligible', 1]);
  });
  it('dates long past are left out of the document', () => {
    const s = seats(2);
    s.hold('a');
    s.take('a');
    s.absent('a');
    s.makeup('t1');
    s.bar('t2');
    s.now = '2026-11-01T12:00:00.000Z';
    s.hold('b');
    expect([s.ledger.makeups, s.ledger.absences, s.ledger.barred]).toEqual([[], [], []]);
  });
});

const dates = [tuesday, '2026-09-15'];
const who = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const command = fc.oneof(
  fc.record({ kind: fc.constantFrom('hold', 'keep', 'take', 'release', 'bar'), who, date: fc.constant(tuesday), attempt: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('absent', 'makeup'), who, date: fc.constantFrom(...dates), attempt: fc.constant(1) }),
  fc.record({ kind: fc.constant('wait'), who: fc.constantFrom('1', '7', '15', '600'), date: fc.constant(tuesday), attempt: fc.constant(1) }),
);

interface ModelSeat {
  taken: boolean;
  attempt: number;
  until: number;
  away: Set<string>;
}
/** The same rules said another way: who sits where, counted person by person for each date. */
class Model {
  minute = 0;
  readonly seats = new Map<string, ModelSeat>();
  readonly makeups = new Map<string, string>();
  readonly barred = new Set<string>();

  constructor(private readonly capacity: number) {}

  sitting(date: string): number {
    const regulars = [...this.seats.values()].filter((s) => !s.away.has(date)).length;
    return regulars + [...this.makeups.values()].filter((d) => d === date).length;
  }
  wait(minutes: number): void {
    this.minute += minutes;
    for (const [e, s] of this.seats) if (s.until <= this.minute) this.seats.delete(e);
  }
  /** Would everybody have a chair on every date, absent ones included? */
  canHold = (): boolean => this.seats.size < this.capacity && dates.every((d) => !this.coming(d) || this.sitting(d) < this.capacity);
  private coming = (date: string): boolean => date >= addDays(at(this.minute).slice(0, 10), -1) && [...this.makeups.values()].includes(date);

  /** The seat is with this attempt from now on; how many facts that takes. */
  private pass(seat: ModelSeat, attempt: number): number {
    if (seat.attempt === attempt) return 0;
    seat.attempt = attempt;
    return 1;
  }

  run(kind: string, e: string, { date, attempt }: { date: string; attempt: number }): string | number {
    const seat = this.seats.get(e);
    switch (kind) {
      case 'hold':
        if (seat) return seat.attempt > attempt ? 'conflict.busy' : this.pass(seat, attempt);
        if (!this.canHold()) return 'class.full';
        this.seats.set(e, { taken: false, attempt, until: this.minute + 15, away: new Set() });
        return 1;
      case 'keep':
        if (!seat) return 'class.full';
        if (seat.attempt > attempt) return 'conflict.busy';
        return this.pass(seat, attempt) + (seat.until === Infinity ? 0 : ((seat.until = Infinity), 1));
      case 'take':
        if (!seat) return 'class.full';
        seat.until = Infinity;
        return seat.taken ? 0 : ((seat.taken = true), 1);
      case 'release':
        return seat && !seat.taken && seat.attempt === attempt && this.seats.delete(e) ? 1 : 0;
      case 'absent':
        if (!seat?.taken || seat.away.has(date)) return 0;
        seat.away.add(date);
        return 1;
      case 'makeup':
        if (this.makeups.has(e)) return 0;
        if (this.barred.has(e) || this.sitting(date) >= this.capacity) return 'class.full';
        this.makeups.set(e, date);
        return 1;
      default:
        if (this.makeups.has(e) || this.barred.has(e)) return 0;
        this.barred.add(e);
        return 1;
    }
  }
}

describe('seats against a model', () => {
  it('no sequence of holds, expiries, absences and makeups oversells a session', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(command, { maxLength: 60 }), (capacity, commands) => {
        const s = seats(capacity);
        const model = new Model(capacity);
        for (const { kind, who: e, date, attempt } of commands) {
          if (kind === 'wait') {
            model.wait(Number(e));
            s.now = at(model.minute);
            continue;
          }
          const run = { hold: () => s.hold(e, attempt), keep: () => s.keep(e, attempt), take: () => s.take(e), release: () => s.release(e, attempt), bar: () => s.bar(e), absent: () => s.absent(e, date), makeup: () => s.makeup(e, date) }[kind];
          expect(run?.()).toBe(model.run(kind, e, { date, attempt }));
          const live = livePlaces(s.ledger, s.now).length;
          expect(live).toBeLessThanOrEqual(capacity);
          for (const d of dates) expect(model.sitting(d)).toBeLessThanOrEqual(capacity);
          for (const d of dates) expect(s.on(d)).toBe(capacity - model.sitting(d));
          expect(s.open() > 0).toBe(model.canHold());
        }
      }),
      chance(2_000),
    );
  });
});
