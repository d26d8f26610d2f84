import { invariant } from './invariant.js';

/** A calendar date 'YYYY-MM-DD' in the time zone of the provider or location. */
export type LocalDate = string;
/** An instant, RFC 3339 in UTC with milliseconds: '2026-09-01T10:00:00.000Z'. */
export type Instant = string;

const dayMs = 86_400_000;

function toUtc(date: LocalDate): number {
  const ms = Date.parse(`${date}T00:00:00.000Z`);
  invariant(isLocalDate(date) && Number.isFinite(ms), `not a calendar date: ${date}`);
  return ms;
}

function fromUtc(ms: number): LocalDate {
  return new Date(ms).toISOString().slice(0, 10);
}

/** True for a real calendar date 'YYYY-MM-DD' (2026-02-30 is none). */
export function isLocalDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return Number.isFinite(ms) && fromUtc(ms) === text;
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return fromUtc(toUtc(date) + days * dayMs);
}

/** 0 Sunday … 6 Saturday. */
export function weekdayOf(date: LocalDate): number {
  return new Date(toUtc(date)).getUTCDay();
}

/** Every date from `from` to `to` inclusive that falls on one of `weekdays` (0 Sunday … 6 Saturday), at most 1,000. */
export function datesOn(from: LocalDate, to: LocalDate, weekdays: readonly number[]): readonly LocalDate[] {
  const dates: LocalDate[] = [];
  for (let ms = toUtc(from); ms <= toUtc(to); ms += dayMs) {
    if (weekdays.includes(new Date(ms).getUTCDay())) dates.push(fromUtc(ms));
    invariant(dates.length <= 1_000, 'a class has at most 1,000 dates');
  }
  return dates;
}

/** Completed months of age on a date; negative before birth. */
export function ageInMonths(birthDate: LocalDate, on: LocalDate): number {
  const [by = 0, bm = 0, bd = 0] = birthDate.split('-').map(Number);
  const [y = 0, m = 0, d = 0] = on.split('-').map(Number);
  return (y - by) * 12 + (m - bm) - (d < bd ? 1 : 0);
}

/** The calendar date at an instant in an IANA time zone. */
export function localDateAt(instant: Instant, timeZone: string): LocalDate {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(instant));
}

/** instant + a span in milliseconds. */
export function addMs(instant: Instant, spanMs: number): Instant {
  return new Date(Date.parse(instant) + spanMs).toISOString();
}

/** True when `instant` is at or after `deadline`. */
export function isPast(deadline: Instant, instant: Instant): boolean {
  return Date.parse(instant) >= Date.parse(deadline);
}
