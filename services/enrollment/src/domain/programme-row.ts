import { addDays, isLocalDate, type LocalDate } from '@matricula/kernel';
import { datesOf, type Programme } from './class.js';

/** The columns of the City of Toronto's "Registered Programs" file that a class is made from. */
export const programmeColumns = [
  'Course_ID', 'Location ID', 'Location Name', 'Activity Title', 'Days of The Week', 'From To',
  'Start Hour', 'Start Min', 'End Hour', 'End Min', 'Min Age', 'Max Age', 'Program Category',
] as const;
export type ProgrammeColumn = (typeof programmeColumns)[number];
export type ProgrammeRow = Readonly<Record<ProgrammeColumn, string>>;

/** What the file leaves open. */
export interface ProgrammeRules {
  readonly currency: string;
  /** Minor units. */
  readonly feePerSession: number;
  readonly capacity: number;
  /** Terms that began earlier move forward by whole weeks. */
  readonly notBefore: LocalDate;
  readonly locationNames: Readonly<Record<string, string>>;
}

export interface CellNote {
  readonly column: string;
  readonly code: string;
  readonly detail: string;
}
/** A row as a programme, or why not; warnings say what was filled in. */
export interface ReadRow {
  readonly programme: Programme | undefined;
  readonly errors: readonly CellNote[];
  readonly warnings: readonly CellNote[];
}

/** Reads one cell after the other and collects what is wrong, so that a row is reported whole. */
class Cells {
  readonly errors: CellNote[] = [];
  readonly warnings: CellNote[] = [];

  constructor(private readonly row: ProgrammeRow) {}

  text(column: ProgrammeColumn, max: number): string {
    const text = this.row[column].trim();
    if (text === '') this.wrong(column, 'field.missing', 'Fill in this cell.');
    if (text.length > max) this.wrong(column, 'field.too-long', `Use at most ${max} characters.`);
    return text;
  }

  optional(column: ProgrammeColumn): string {
    return this.row[column].trim();
  }

  whole(column: ProgrammeColumn, max: number): number {
    const text = this.row[column].trim();
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= max)) this.wrong(column, text === '' ? 'field.missing' : 'field.not-a-number', `Use a whole number from 0 to ${max}.`);
    return value;
  }

  wrong(column: ProgrammeColumn, code: string, detail: string): void {
    this.errors.push({ column, code, detail });
  }

  warn(column: ProgrammeColumn, code: string, detail: string): void {
    this.warnings.push({ column, code, detail });
  }
}

/** A row of the file as a programme under these rules. */
export function readProgrammeRow(row: ProgrammeRow, rules: ProgrammeRules): ReadRow {
  const cells = new Cells(row);
  const code = courseCode(cells);
  const title = cells.text('Activity Title', 120);
  const category = cells.text('Program Category', 120);
  const location = locationOf(cells, rules);
  const weekdays = weekdaysOf(cells);
  const [startsAt, endsAt] = timesOf(cells);
  const ages = agesOf(cells);
  const term = termOf(cells, rules, weekdays);
  const { errors, warnings } = cells;
  if (!term || errors.length > 0) return { programme: undefined, errors, warnings };
  const fee = { amount: rules.feePerSession * term.sessions, currency: rules.currency };
  const programme = { code, title, category, ...location, weekdays, startsAt, endsAt, firstDate: term.firstDate, lastDate: term.lastDate, ...ages, fee, capacity: rules.capacity };
  return { programme, errors, warnings };
}

function courseCode(cells: Cells): string {
  const code = cells.text('Course_ID', 40);
  if (code !== '' && !/^[A-Za-z0-9_-]+$/.test(code)) cells.wrong('Course_ID', 'field.invalid', 'Use letters, digits, hyphens and underscores.');
  return code;
}

function locationOf(cells: Cells, rules: ProgrammeRules): Pick<Programme, 'locationId' | 'locationName'> {
  const locationId = cells.text('Location ID', 40);
  const given = cells.optional('Location Name') || (new Map(Object.entries(rules.locationNames)).get(locationId) ?? '');
  if (given.length > 120) cells.wrong('Location Name', 'field.too-long', 'Use at most 120 characters.');
  if (given === '' && locationId !== '') cells.warn('Location Name', 'location.name-missing', `The file has no name for location ${locationId}; it is called Location ${locationId}.`);
  return { locationId, locationName: given === '' ? `Location ${locationId}` : given };
}

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function weekdaysOf(cells: Cells): readonly number[] {
  const names = cells.text('Days of The Week', 60).split(',').map((name) => name.trim());
  const days = names.map((name) => dayNames.indexOf(name));
  const unknown = names.filter((_name, i) => days[i] === -1 && names.join('') !== '');
  if (unknown.length > 0) cells.wrong('Days of The Week', 'field.invalid', `Use ${dayNames.join(', ')} with commas between; unknown: ${unknown.join(', ')}.`);
  return [...new Set(days)].filter((day) => day >= 0).toSorted((a, b) => a - b);
}

function timesOf(cells: Cells): readonly [startsAt: string, endsAt: string] {
  const clock = (hour: number, minute: number): string => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const before = cells.errors.length;
  const startsAt = clock(cells.whole('Start Hour', 23), cells.whole('Start Min', 59));
  const endsAt = clock(cells.whole('End Hour', 23), cells.whole('End Min', 59));
  if (cells.errors.length === before && endsAt <= startsAt) cells.wrong('End Hour', 'class.ends-before-start', `The session would end at ${endsAt}, not after ${startsAt}.`);
  return [startsAt, endsAt];
}

/** Older than anybody. */
const oldestMonths = 1_500;

function agesOf(cells: Cells): Pick<Programme, 'minAgeMonths' | 'maxAgeMonths'> {
  const before = cells.errors.length;
  const age = (column: 'Min Age' | 'Max Age'): number | null => (['None', ''].includes(cells.optional(column)) ? null : cells.whole(column, oldestMonths));
  const [minAgeMonths, maxAgeMonths] = [age('Min Age'), age('Max Age')];
  if (cells.errors.length === before && minAgeMonths !== null && maxAgeMonths !== null && maxAgeMonths < minAgeMonths) {
    cells.wrong('Max Age', 'class.ages-reversed', `The maximum of ${maxAgeMonths} months is below the minimum of ${minAgeMonths}.`);
  }
  return { minAgeMonths, maxAgeMonths };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 'Apr-13-2026' as 2026-04-13; undefined for no real date. */
function publishedDate(text: string): LocalDate | undefined {
  const [, name = '', day = '', year = ''] = /^([A-Z][a-z]{2})-(\d{2})-(\d{4})$/.exec(text) ?? [];
  const date = `${year}-${String(months.indexOf(name) + 1).padStart(2, '0')}-${day}`;
  return isLocalDate(date) ? date : undefined;
}

interface Term {
  readonly firstDate: LocalDate;
  readonly lastDate: LocalDate;
  readonly sessions: number;
}

function termOf(cells: Cells, rules: ProgrammeRules, weekdays: readonly number[]): Term | undefined {
  const column = 'From To';
  const [from, to, ...more] = cells.text(column, 60).split(' to ').map((part) => publishedDate(part.trim()));
  if (from === undefined || to === undefined || more.length > 0) {
    cells.wrong(column, 'field.not-a-date', 'Use two real dates as in "Apr-13-2026 to Jun-15-2026".');
    return undefined;
  }
  if (to < from) {
    cells.wrong(column, 'class.ends-before-start', 'The term would end before it begins.');
    return undefined;
  }
  const days = weeksForward(from, rules.notBefore) * 7;
  const [firstDate, lastDate] = [addDays(from, days), addDays(to, days)];
  const sessions = datesOf({ firstDate, lastDate, weekdays }).length;
  if (sessions === 0 && weekdays.length > 0) cells.wrong(column, 'class.no-sessions', 'None of the weekdays is in this term, or the term is longer than two years.');
  return { firstDate, lastDate, sessions };
}

/** Whole weeks from a date to the first same weekday that is not before another date. */
export function weeksForward(from: LocalDate, notBefore: LocalDate): number {
  const dayMs = 86_400_000;
  return Math.max(0, Math.ceil((Date.parse(notBefore) - Date.parse(from)) / dayMs / 7));
}
