import { CommandError } from '../errors.js';
import { isoYearStart, localMs, partsOf, toUtc, type Zone, zoneOf } from './calendar.js';

const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const widths: ReadonlyMap<string, number> = new Map(Object.entries({ Y: 4, G: 4, m: 2, d: 2, H: 2, M: 2, S: 2, L: 3, j: 3, w: 1, u: 1, U: 2, V: 2 }));

/** Writes a moment by a format of `$dateToString`. Throws 18535 and 18536 for wrong formats, 18537 for years of more than four digits. */
export function formatDate(utcMs: number, format: string, zone: Zone): string {
  const offset = zone(utcMs) / 60_000;
  const parts = partsOf(utcMs + zone(utcMs));
  if (parts.Y < 0 || parts.Y > 9999) throw new CommandError(18537, `$dateToString is only defined on year 0-9999, tried to use year ${parts.Y}`);
  const numbers = new Map(Object.entries(parts));
  return format.replace(/%(.?)/gs, (_, letter: string) => {
    const width = widths.get(letter);
    if (width !== undefined) return String(numbers.get(letter) ?? 0).padStart(width, '0');
    const sign = offset < 0 ? '-' : '+';
    switch (letter) {
      case '%': return '%';
      case 'b': return (monthNames[parts.m - 1] ?? '').slice(0, 3);
      case 'B': return monthNames[parts.m - 1] ?? '';
      case 'z': return sign + String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0') + String(Math.floor(Math.abs(offset) % 60)).padStart(2, '0');
      case 'Z': return sign + String(Math.abs(offset));
      case '': throw new CommandError(18535, "Unmatched '%' at end of format string");
      default: throw new CommandError(18536, `Invalid format character '%${letter}' in format string`);
    }
  });
}

const patterns: ReadonlyMap<string, string> = new Map(Object.entries({
  Y: String.raw`\d{4}`, G: String.raw`\d{4}`, m: String.raw`\d{1,2}`, d: String.raw`\d{1,2}`, H: String.raw`\d{1,2}`, M: String.raw`\d{1,2}`, S: String.raw`\d{1,2}`,
  L: String.raw`\d{1,3}`, j: String.raw`\d{1,3}`, u: '[1-7]', V: String.raw`\d{1,2}`, b: '[A-Za-z]{3}', B: '[A-Za-z]{3,9}', z: String.raw`Z|[+-]\d{2}:?\d{2}`, Z: String.raw`[+-]\d{1,4}`,
}));
const isoText = /^(?<Y>\d{4})-?(?<m>\d{2})-?(?<d>\d{2})(?:[T ](?<H>\d{2}):?(?<M>\d{2})(?::?(?<S>\d{2})(?:[.,](?<L>\d{1,9}))?)?)?\s*(?<z>Z|[+-]\d{2}:?\d{2}|UTC|GMT|[A-Za-z_]+\/[A-Za-z_/]+)?$/;

/** The pattern of a format of `$dateFromString`. Throws 40685 for letters it does not have. */
export function patternOfFormat(format: string): RegExp {
  const written = format.replace(/%(.?)|[\\^$.*+?()[\]{}|]/gs, (found, letter: string | undefined) => {
    if (letter === undefined) return `\\${found}`;
    const pattern = patterns.get(letter);
    if (letter !== '%' && pattern === undefined) throw new CommandError(40685, `Invalid format character '%${letter}' in format string`);
    return pattern === undefined ? '%' : `(?<${letter}>${pattern})`;
  });
  try {
    return new RegExp(`^${written}$`);
  } catch {
    throw new CommandError(40685, `a part of the format '${format}' is there twice`);
  }
}

function failure(text: string, why: string): CommandError {
  return new CommandError(241, `Error parsing date string '${text}'; ${why}`);
}

/** Reads a date: ISO 8601 unless a format says otherwise. Throws 241 ConversionFailure. `zone`: where it names none. */
export function parseDate(text: string, zone: Zone | undefined, pattern = isoText): Date {
  const found = pattern.exec(text)?.groups;
  if (!found) throw failure(text, 'it is not in the expected form');
  if (zone && (found.z ?? found.Z) !== undefined) throw failure(text, "you cannot pass in a date/time string with time zone information together with a timezone argument");
  const number = (name: string, otherwise: number): number => (found[name] === undefined ? otherwise : Number(found[name]));
  const time = [number('H', 0), number('M', 0), number('S', 0)];
  if (time.some((part, index) => part > (index === 0 ? 23 : 59))) throw failure(text, 'the time is not one of a day');
  const [hours = 0, minutes = 0, seconds = 0] = time;
  const local = dayOf(found, number, text) + ((hours * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(Number(`0.${found.L ?? 0}`) * 1000);
  const written = found.z === 'Z' ? 'UTC' : found.z;
  if (found.Z !== undefined) return new Date(local - Number(found.Z) * 60_000);
  return new Date(toUtc(local, written === undefined ? (zone ?? zoneOf('UTC')) : zoneOf(written)));
}

function dayOf(found: Readonly<Record<string, string | undefined>>, number: (name: string, otherwise: number) => number, text: string): number {
  if (found.G !== undefined) return isoYearStart(Number(found.G)) + ((number('V', 1) - 1) * 7 + number('u', 1) - 1) * 86_400_000;
  if (found.Y === undefined) throw failure(text, 'an incomplete date/time string has been found: it has no year');
  if (found.j !== undefined) return localMs(Number(found.Y), 0, Number(found.j));
  const name = found.b ?? found.B;
  const month = name === undefined ? number('m', 1) : monthNames.findIndex((full) => (found.B === undefined ? full.slice(0, 3) : full).toLowerCase() === name.toLowerCase()) + 1;
  const date = localMs(Number(found.Y), month - 1, number('d', 1));
  if (new Date(date).getUTCMonth() !== month - 1 || new Date(date).getUTCDate() !== number('d', 1)) throw failure(text, 'there is no such day');
  return date;
}
