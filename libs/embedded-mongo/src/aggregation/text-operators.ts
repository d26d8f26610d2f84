import { BSONRegExp, BSONSymbol, type Document, documentOf, isNumeric, numeric, typeName, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { patternOf } from '../query/pattern.js';
import type { Names, Operator, Operators } from './expression.js';
import { type Args, fitting, integer, isNullish, many, named, positional, strict, text } from './operator-forms.js';

/** What MongoDB makes of a value where a text is wanted: numbers and dates are written out, null is empty. */
function coerced(value: Value | undefined): string {
  if (isNullish(value)) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (isNumeric(value)) return value.toString();
  if (value instanceof BSONSymbol) return value.value;
  throw new CommandError(16007, `can't convert from BSON type ${typeName(value)} to String`);
}

// MongoDB changes the case of ASCII letters only.
const lower = (value: string): string => value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upper = (value: string): string => value.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
const recase = (change: (value: string) => string): Operator => positional(1, 1, ([value], names) => fitting(change(coerced(value)), names));

const codePoints = (value: string): string[] => Array.from(value);
const bytes = (value: string): Buffer => Buffer.from(value, 'utf8');

function substringOfBytes([value, from, length]: Args): Value {
  const all = bytes(coerced(value));
  const start = integer(from, 16034, "$substrBytes' start");
  const count = integer(length, 16035, "$substrBytes' length");
  if (start < 0) throw new CommandError(50752, `$substrBytes' start must not be negative, but is ${start}`);
  const end = count < 0 ? all.length : Math.min(start + count, all.length);
  const isInside = (at: number): boolean => ((all[at] ?? 0) & 0xc0) === 0x80;
  if (isInside(start)) throw new CommandError(28656, '$substrBytes: Invalid range, starting index is a UTF-8 continuation byte.');
  if (isInside(end)) throw new CommandError(28657, '$substrBytes: Invalid range, ending index is in the middle of a UTF-8 character.');
  return all.toString('utf8', start, end);
}

function substringOfCodePoints([value, from, length]: Args): Value {
  const start = integer(from, 34450, "$substrCP's start", 34451);
  const count = integer(length, 34452, "$substrCP's length", 34453);
  if (start < 0) throw new CommandError(34455, `$substrCP's start must not be negative, but is ${start}`);
  if (count < 0) throw new CommandError(34454, `$substrCP's length must not be negative, but is ${count}`);
  return codePoints(coerced(value)).slice(start, start + count).join('');
}

/** `$indexOfBytes` and `$indexOfCP`: `units` cuts a text into what is counted. */
function indexOf(units: (value: string) => number, [code, part]: readonly [number, number]): Operator {
  return positional(2, 4, ([whole, search, from, to], _, name) => {
    if (isNullish(whole)) return null;
    const value = text(whole, code, `${name}'s first argument`);
    const wanted = text(search, part, `${name}'s second argument`);
    const [start, end] = [from ?? numeric(0), to ?? numeric(units(value))].map((at) => {
      const index = integer(at, 40096, `${name}'s index`);
      if (index < 0) throw new CommandError(40097, `${name}'s index must not be negative, but is ${index}`);
      return index;
    });
    for (let at = value.indexOf(wanted); at >= 0; at = at < value.length ? value.indexOf(wanted, at + 1) : -1) {
      const index = units(value.slice(0, at));
      if (index >= (start ?? 0) && index + units(wanted) <= (end ?? 0)) return numeric(index);
    }
    return numeric(-1);
  });
}

function split([whole = null, separator = null]: readonly Value[], { deadline }: Names): Value {
  const value = text(whole, 40085, "$split's first argument");
  const by = text(separator, 10503900, "$split's second argument");
  if (by === '') throw new CommandError(40087, '$split requires a non-empty separator');
  deadline.spend(Math.ceil(value.length / by.length));
  return value.split(by);
}

const blanks = '\0\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';

const trim = (ends: 'left' | 'right' | 'both'): Operator => named('input chars?', [50696, 50694, 50695], ([input, chars], _, name) => {
  if (isNullish(input) || chars === null) return null;
  const value = codePoints(text(input, 50699, `${name}'s input`));
  const cut = new Set(codePoints(chars === undefined ? blanks : text(chars, 50700, `${name}'s chars`)));
  const first = ends === 'right' ? 0 : value.findIndex((char) => !cut.has(char));
  const last = ends === 'left' ? value.length - 1 : value.findLastIndex((char) => !cut.has(char));
  return first < 0 ? '' : value.slice(first, last + 1).join('');
});

const replace = (all: boolean): Operator => named('input find replacement', [51751, 51750, 51749, 51748, 51747], (args, names, name) => {
  if (args.some(isNullish)) return null;
  const [input, find, replacement] = [text(args[0], 10503904, `${name}'s input`), text(args[1], 10503901, `${name}'s find`), text(args[2], 10503902, `${name}'s replacement`)];
  if (!all) return fitting(input.replace(find, () => replacement), names);
  names.deadline.spend(Math.ceil((find === '' ? input.length : input.split(find).length) * replacement.length / 16));
  return fitting(input.replaceAll(find, () => replacement), names);
});

/** `$regexMatch` and its like; `none` is the answer for a missing input. */
function regex(none: Value, answer: (matches: Iterable<RegExpMatchArray>) => Value): Operator {
  return (argument, names, name) => {
    let last: { readonly key: string; readonly compiled: RegExp } | undefined;
    return named('input regex options?', [51103, 31024, 31022, 31023], ([input, pattern, options]) => {
      const subject = isNullish(input) ? undefined : text(input, 51104, `${name}'s input`);
      const flags = isNullish(options) ? undefined : text(options, 51106, `${name}'s options`);
      if (isNullish(pattern)) return none;
      const source = pattern instanceof BSONRegExp ? pattern : new BSONRegExp(terminated(text(pattern, 51105, `${name}'s regex`)));
      if (source.options !== '' && flags !== undefined) throw new CommandError(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
      if (subject === undefined) return none;
      const key = `${flags ?? source.options}/${source.pattern}`;
      if (last?.key !== key) last = { key, compiled: globally(source, flags) };
      return answer(subject.matchAll(last.compiled));
    })(argument, names, name);
  };
}

function terminated(pattern: string): string {
  if (pattern.includes('\0')) throw new CommandError(51109, 'a regular expression cannot contain an embedded null byte');
  return pattern;
}

function globally(source: Parameters<typeof patternOf>[0], flags: string | undefined): RegExp {
  try {
    const { compiled } = patternOf(source, flags);
    return new RegExp(compiled.source, `${compiled.flags.replace('g', '')}g`);
  } catch (error) {
    throw error instanceof CommandError && error.code === 51091 ? new CommandError(51111, `Invalid Regex: ${error.message}`) : error;
  }
}

function shownMatch(match: RegExpMatchArray): Document {
  const before = match.input?.slice(0, match.index) ?? '';
  return documentOf({ match: match[0], idx: codePoints(before).length, captures: match.slice(1).map((group: string | undefined) => group ?? null) });
}

function first(matches: Iterable<RegExpMatchArray>): RegExpMatchArray | undefined {
  for (const match of matches) return match;
  return undefined;
}

/** Operators on texts. */
export const textOperators: Operators = {
  $concat: strict(0, many, (args, names) => fitting(args.map((arg) => text(arg, 16702, "$concat's argument")).join(''), names)),
  $toLower: recase(lower),
  $toUpper: recase(upper),
  $strcasecmp: positional(2, 2, (args) => {
    const [a = '', b = ''] = args.map((arg) => upper(coerced(arg)));
    return numeric(Buffer.compare(bytes(a), bytes(b)));
  }),
  $strLenBytes: positional(1, 1, ([value]) => numeric(bytes(text(value, 34473, "$strLenBytes' argument")).length)),
  $strLenCP: positional(1, 1, ([value]) => numeric(codePoints(text(value, 34471, "$strLenCP's argument")).length)),
  $substr: positional(3, 3, substringOfBytes),
  $substrBytes: positional(3, 3, substringOfBytes),
  $substrCP: positional(3, 3, substringOfCodePoints),
  $indexOfBytes: indexOf((value) => bytes(value).length, [40091, 40092]),
  $indexOfCP: indexOf((value) => codePoints(value).length, [40093, 40094]),
  $split: strict(2, 2, split),
  $trim: trim('both'),
  $ltrim: trim('left'),
  $rtrim: trim('right'),
  $replaceOne: replace(false),
  $replaceAll: replace(true),
  $regexMatch: regex(false, (matches) => first(matches) !== undefined),
  $regexFind: regex(null, (matches) => {
    const match = first(matches);
    return match ? shownMatch(match) : null;
  }),
  $regexFindAll: regex([], (matches) => Array.from(matches, shownMatch)),
};
