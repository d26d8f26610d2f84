import { type Document, documentOf, isDocument, isNumeric, Long, numeric, ObjectId, Timestamp, toNumber, typeName, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { addUnits, difference, isoYearStart, localMs, partsOf, toUtc, truncate, type Unit, unitOf, type Zone, zoneOf } from './calendar.js';
import { formatDate, parseDate, patternOfFormat } from './date-text.js';
import type { Expression, Operator, Operators } from './expression.js';
import { type Args, integer, isNullish, named, text } from './operator-forms.js';

/** Milliseconds since 1970 of what MongoDB takes for a date. */
export function momentOf(value: Value | undefined, code: number): number {
  if (value instanceof Date) return value.getTime();
  if (value instanceof ObjectId) return value.getTimestamp().getTime();
  if (value instanceof Timestamp) return value.t * 1000;
  throw new CommandError(code, `can't convert from BSON type ${typeName(value)} to Date`);
}

function zone(value: Value | undefined): Zone {
  return zoneOf(value === undefined ? 'UTC' : text(value, 40517, 'timezone'));
}

const unit = (value: Value | undefined, code: number): Unit => unitOf(text(value, code, 'unit'));

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function weekday(value: Value | undefined): number {
  const name = value === undefined ? 'sunday' : text(value, 5439015, 'startOfWeek').toLowerCase();
  const index = weekdays.findIndex((full) => full === name || full.slice(0, 3) === name);
  if (index < 0) throw new CommandError(5439016, `startOfWeek is no day of the week: ${name}`);
  return index;
}

function dated(milliseconds: number, code: number): Date {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) throw new CommandError(code, 'date overflow: it is outside the years -271821 to 275760');
  return date;
}

/** `{$year: date}`, `{$year: [date]}` or `{$year: {date, timezone}}`. */
function part(letter: keyof ReturnType<typeof partsOf>): Operator {
  return (argument, names) => {
    const value = Array.isArray(argument) && argument.length === 1 ? (argument[0] ?? null) : argument;
    if (Array.isArray(value)) throw new CommandError(40536, `a date expression takes exactly one argument, not ${value.length}`);
    const options: Document = isDocument(value) && !value.keys().next().value?.startsWith('$') ? value : new Map([['date', value]]);
    const stranger = [...options.keys()].find((name) => name !== 'date' && name !== 'timezone');
    if (stranger !== undefined) throw new CommandError(40535, `unrecognized option to a date expression: "${stranger}"`);
    const [date, timezone] = ['date', 'timezone'].map((name): Expression | undefined => (options.has(name) ? names.compile(options.get(name) ?? null) : undefined));
    if (!date) throw new CommandError(40539, "missing 'date' argument to a date expression");
    return (root) => {
      const moment = date(root);
      const where = timezone && (timezone(root) ?? null);
      if (isNullish(moment) || where === null) return null;
      const at = momentOf(moment, 16006);
      const found = partsOf(at + zone(where)(at))[letter];
      return letter === 'G' ? Long.fromNumber(found) : numeric(found);
    };
  };
}

const moved = (sign: 1 | -1): Operator => named('startDate unit amount timezone?', [5166400, 5166401, 5166402], ([start, unitName, amount, timezone]) => {
  if (isNullish(start) || isNullish(unitName) || isNullish(amount) || timezone === null) return null;
  const at = momentOf(start, 5166403);
  const by = unit(unitName, 5166404);
  if (!isNumeric(amount) || !Number.isInteger(toNumber(amount))) throw new CommandError(5166405, `expects integer amount of time units, but got ${typeName(amount)}`);
  return dated(addUnits(at, sign * toNumber(amount), by, zone(timezone)), 5166406);
});

const trunc = ([date, unitName, binSize, timezone, startOfWeek]: Args): Value => {
  if ([date, unitName].some(isNullish) || [binSize, timezone, startOfWeek].includes(null)) return null;
  const at = momentOf(date, 5439012);
  const bin = binSize === undefined ? 1 : isNumeric(binSize) ? toNumber(binSize) : Number.NaN;
  if (!Number.isSafeInteger(bin)) throw new CommandError(5439017, "$dateTrunc requires 'binSize' to be a 64-bit integer");
  if (bin <= 0) throw new CommandError(5439018, "$dateTrunc requires 'binSize' to be greater than 0");
  const by = unit(unitName, 5439013);
  return dated(truncate(at, bin, by, { zone: zone(timezone), startOfWeek: by.name === 'week' ? weekday(startOfWeek) : 0 }), 5166406);
};

const diff = ([from, to, unitName, timezone, startOfWeek]: Args): Value => {
  if ([from, to, unitName].some(isNullish) || [timezone, startOfWeek].includes(null)) return null;
  const by = unit(unitName, 5439013);
  const week = { zone: zone(timezone), startOfWeek: by.name === 'week' ? weekday(startOfWeek) : 0 };
  return Long.fromNumber(difference(momentOf(from, 5166307), momentOf(to, 5166307), by, week));
};

const toText = ([date, format, timezone, onNull]: Args): Value | undefined => {
  if (isNullish(date)) return onNull ?? null;
  if (format === null || timezone === null) return null;
  const isUtc = timezone === undefined || timezone === 'UTC' || timezone === 'GMT';
  const written = format === undefined ? `%Y-%m-%dT%H:%M:%S.%L${isUtc ? 'Z' : ''}` : text(format, 18533, "$dateToString's 'format'");
  return formatDate(momentOf(date, 16006), written, zone(timezone));
};

const fromText = ([value, timezone, format, onNull, onError]: Args): Value | undefined => {
  if (isNullish(value)) return onNull ?? null;
  if (timezone === null || format === null) return null;
  const where = timezone === undefined ? undefined : zone(timezone);
  const pattern = format === undefined ? undefined : patternOfFormat(text(format, 40684, "$dateFromString's 'format'"));
  try {
    return parseDate(text(value, 241, "$dateFromString's 'dateString'"), where, pattern);
  } catch (error) {
    if (onError === undefined || !(error instanceof CommandError) || error.code !== 241) throw error;
    return onError;
  }
};

const fromParts = (args: Args): Value => {
  const [year, isoWeekYear, month, isoWeek, day, isoDayOfWeek, hour, minute, second, millisecond, timezone] = args;
  const isIso = isoWeekYear !== undefined;
  if (year === undefined && !isIso) throw new CommandError(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
  if (isIso && year !== undefined) throw new CommandError(40489, '$dateFromParts does not allow mixing natural dates with ISO dates');
  if (isIso ? month !== undefined || day !== undefined : isoWeek !== undefined || isoDayOfWeek !== undefined) throw new CommandError(isIso ? 40525 : 40489, '$dateFromParts does not allow mixing natural dates with ISO dates');
  if (args.includes(null)) return null;
  const number = (value: Value | undefined, otherwise: number): number => (value === undefined ? otherwise : integer(value, 40515, 'a part of $dateFromParts'));
  const start = number(isIso ? isoWeekYear : year, 1970);
  if (start < 1 || start > 9999) throw new CommandError(40523, `$dateFromParts requires the year to be an integer in the range 1 to 9999, found ${start}`);
  const date = isIso ? isoYearStart(start) + ((number(isoWeek, 1) - 1) * 7 + number(isoDayOfWeek, 1) - 1) * 86_400_000 : localMs(start, number(month, 1) - 1, number(day, 1));
  const time = ((number(hour, 0) * 60 + number(minute, 0)) * 60 + number(second, 0)) * 1000 + number(millisecond, 0);
  return dated(toUtc(date + time, zone(timezone)), 31034);
};

const toParts = ([date, timezone, iso8601]: Args): Value => {
  if (isNullish(date) || timezone === null || iso8601 === null) return null;
  if (iso8601 !== undefined && typeof iso8601 !== 'boolean') throw new CommandError(40521, 'iso8601 must evaluate to a bool');
  const at = momentOf(date, 16006);
  const { Y, m, d, G, V, u, H, M, S, L } = partsOf(at + zone(timezone)(at));
  return documentOf({ ...(iso8601 === true ? { isoWeekYear: G, isoWeek: V, isoDayOfWeek: u } : { year: Y, month: m, day: d }), hour: H, minute: M, second: S, millisecond: L });
};

/** Operators on dates. */
export const dateOperators: Operators = {
  $year: part('Y'),
  $month: part('m'),
  $dayOfMonth: part('d'),
  $hour: part('H'),
  $minute: part('M'),
  $second: part('S'),
  $millisecond: part('L'),
  $dayOfYear: part('j'),
  $dayOfWeek: part('w'),
  $week: part('U'),
  $isoDayOfWeek: part('u'),
  $isoWeek: part('V'),
  $isoWeekYear: part('G'),
  $dateAdd: moved(1),
  $dateSubtract: moved(-1),
  $dateDiff: named('startDate endDate unit timezone? startOfWeek?', [5166301, 5166302, 5166303, 5166304, 5166305], diff),
  $dateTrunc: named('date unit binSize? timezone? startOfWeek?', [5439007, 5439008, 5439009, 5439010], trunc),
  $dateToString: named('date format? timezone? onNull?', [18629, 18534, 18628], toText),
  $dateFromString: named('dateString timezone? format? onNull? onError?', [40540, 40541, 40542], fromText),
  $dateFromParts: named('year? isoWeekYear? month? isoWeek? day? isoDayOfWeek? hour? minute? second? millisecond? timezone?', [40519, 40518], fromParts),
  $dateToParts: named('date timezone? iso8601?', [40524, 40520, 40522], toParts),
};
