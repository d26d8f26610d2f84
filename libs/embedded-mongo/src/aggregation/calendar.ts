import { CommandError } from '../errors.js';

/** How far a zone's clocks are ahead of UTC at a moment, both in milliseconds. */
export type Zone = (utcMs: number) => number;
/** A moment as a zone's clocks show it: milliseconds that read as UTC give the local date and time. */
export type LocalMs = number;

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const fixedUnits: ReadonlyMap<string, number> = new Map([['week', 7 * day], ['day', day], ['hour', hour], ['minute', minute], ['second', second], ['millisecond', 1]]);
const monthUnits: ReadonlyMap<string, number> = new Map([['year', 12], ['quarter', 3], ['month', 1]]);

/** A unit of time: so many months, or so many milliseconds. Throws 9 for an unknown name. */
export interface Unit {
  readonly name: string;
  readonly months: number;
  readonly milliseconds: number;
}

export function unitOf(name: string): Unit {
  const months = monthUnits.get(name) ?? 0;
  const milliseconds = fixedUnits.get(name) ?? 0;
  if (months + milliseconds === 0) throw new CommandError(9, `unknown time unit value: ${name}`);
  return { name, months, milliseconds };
}

const utc: Zone = () => 0;
const quarterHour = 15 * minute; // zones change their clocks at no other moments
const cachedOffsets = 50_000;
const zones = new Map<string, Zone>();

/** A zone by its IANA name or its offset (+05:30, -0300, +02). Throws 40485 for others. */
export function zoneOf(name: string): Zone {
  if (name === 'UTC' || name === 'GMT') return utc;
  const offset = /^([+-])(\d{2})(?::?(\d{2}))?$/.exec(name);
  if (offset) {
    const distance = (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) * minute * (offset[1] === '-' ? -1 : 1);
    return () => distance;
  }
  let zone = zones.get(name);
  if (!zone) zones.set(name, zone = namedZone(name));
  return zone;
}

function namedZone(name: string): Zone {
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat('en-US', { timeZone: name, hourCycle: 'h23', era: 'short', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  } catch {
    throw new CommandError(40485, `unrecognized time zone identifier: "${name}"`);
  }
  const known = new Map<number, number>();
  return (utcMs) => {
    const slot = Math.floor(utcMs / quarterHour);
    let offset = known.get(slot);
    if (offset === undefined) {
      if (known.size > cachedOffsets) known.clear();
      const parts = new Map(clock.formatToParts(slot * quarterHour).map(({ type, value }) => [type, value]));
      const [year = 0, ...rest] = (['year', 'month', 'day', 'hour', 'minute', 'second'] as const).map((type) => Number(parts.get(type)));
      const [month = 1, date = 1, hours = 0, minutes = 0, seconds = 0] = rest;
      offset = localMs(parts.get('era') === 'BC' ? 1 - year : year, month - 1, date) + hours * hour + minutes * minute + seconds * second - slot * quarterHour;
      known.set(slot, offset);
    }
    return offset;
  };
}

/** Midnight of a date; months and days beyond their range carry over. */
export function localMs(year: number, month: number, date: number): LocalMs {
  return new Date(0).setUTCFullYear(year, month, date);
}

/** The moment at which clocks show this; what they show twice is the first time, what they skip is as long after the gap. */
export function toUtc(local: LocalMs, zone: Zone): number {
  const before = local - zone(local - day);
  if (zone(before) === local - before) return before;
  const after = local - zone(local + day);
  return zone(after) === local - after ? after : before;
}

/** Adds a number of units on the zone's calendar: a day keeps the time of day, a month ends at its last day. */
export function addUnits(utcMs: number, amount: number, unit: Unit, zone: Zone): number {
  if (unit.months === 0 && unit.milliseconds < day) return utcMs + amount * unit.milliseconds;
  const local = utcMs + zone(utcMs);
  if (unit.months === 0) return toUtc(local + amount * unit.milliseconds, zone);
  const date = new Date(local);
  const month = date.getUTCMonth() + amount * unit.months;
  const lastDay = new Date(localMs(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  return toUtc(localMs(date.getUTCFullYear(), month, Math.min(date.getUTCDate(), lastDay)) + (((local % day) + day) % day), zone);
}

/** How many boundaries of a unit lie between two moments. */
export function difference(from: number, to: number, unit: Unit, { zone, startOfWeek }: Week): number {
  const index = (utcMs: number): number => {
    const local = utcMs + zone(utcMs);
    if (unit.months > 0) return Math.floor(monthsOf(local) / unit.months);
    if (unit.name === 'week') return Math.floor((Math.floor(local / day) + 4 - startOfWeek) / 7); // 1970 began on a Thursday
    // An hour is as long as ever when the clocks change: only the minutes of the offset move its beginning.
    return Math.floor((unit.name === 'day' ? local : utcMs + (zone(utcMs) % hour)) / unit.milliseconds);
  };
  return index(to) - index(from);
}

function monthsOf(local: LocalMs): number {
  const date = new Date(local);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Where days and weeks begin; Sunday is 0. */
export interface Week {
  readonly zone: Zone;
  readonly startOfWeek: number;
}

/** The beginning of the bin that a moment lies in; bins are counted from the year 2000. */
export function truncate(utcMs: number, bin: number, unit: Unit, { zone, startOfWeek }: Week): number {
  const origin = localMs(2000, 0, 1) + (unit.name === 'week' ? ((startOfWeek + 1) % 7) * day : 0); // a Saturday
  const size = bin * (unit.months || unit.milliseconds);
  const down = (value: number): number => Math.floor(value / size) * size;
  if (unit.months > 0) return toUtc(localMs(2000, down(monthsOf(utcMs + zone(utcMs)) - 24_000), 1), zone);
  if (unit.milliseconds >= day) return toUtc(origin + down(utcMs + zone(utcMs) - origin), zone);
  const start = toUtc(origin, zone);
  return start + down(utcMs - start);
}

/** The ISO 8601 week of a date, and the year it belongs to. */
export function isoWeekOf(local: LocalMs): { readonly year: number; readonly week: number; readonly weekday: number } {
  const weekday = new Date(local).getUTCDay() || 7;
  const thursday = local + (4 - weekday) * day;
  const year = new Date(thursday).getUTCFullYear();
  return { year, week: Math.floor((thursday - localMs(year, 0, 1)) / (7 * day)) + 1, weekday };
}

/** The Monday with which an ISO year's weeks begin. */
export function isoYearStart(year: number): LocalMs {
  const fourth = localMs(year, 0, 4);
  return fourth - ((new Date(fourth).getUTCDay() || 7) - 1) * day;
}

/** The parts of a local date by the letters of date formats. */
export function partsOf(local: LocalMs): Record<'Y' | 'm' | 'd' | 'H' | 'M' | 'S' | 'L' | 'j' | 'w' | 'U' | 'u' | 'V' | 'G', number> {
  const date = new Date(local);
  const dayOfYear = Math.floor((local - localMs(date.getUTCFullYear(), 0, 1)) / day);
  const { year, week, weekday } = isoWeekOf(local);
  return {
    Y: date.getUTCFullYear(), m: date.getUTCMonth() + 1, d: date.getUTCDate(), H: date.getUTCHours(), M: date.getUTCMinutes(), S: date.getUTCSeconds(),
    L: date.getUTCMilliseconds(), j: dayOfYear + 1, w: date.getUTCDay() + 1, U: Math.floor((dayOfYear + 7 - date.getUTCDay()) / 7), u: weekday, V: week, G: year,
  };
}
