import { setFlagsFromString } from 'node:v8';
import { BSONRegExp } from '../bson/value.js';
import { CommandError } from '../errors.js';
import type { Pattern } from './filter.js';

// A pattern that goes back too often, as (a+)+$ does, is matched in linear time instead of for ever.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** Compiles a pattern. MongoDB uses PCRE, this server JavaScript's syntax with PCRE's leading `(?i)` and the option x. */
export function patternOf(source: BSONRegExp | string, options?: string): Pattern {
  const written = typeof source === 'string' ? source : source.pattern;
  let flags = options ?? (typeof source === 'string' ? '' : source.options);
  let pattern = written;
  const inline = /^\(\?([imsx]+)\)/.exec(pattern);
  if (inline) {
    pattern = pattern.slice(inline[0].length);
    flags += inline[1] ?? '';
  }
  if (/[^imsux]/.test(flags)) throw new CommandError(51108, `invalid flag in regex options: ${flags}`);
  if (flags.includes('x')) pattern = pattern.replace(/\\.|\s+|#.*$/gm, (match) => (match.startsWith('\\') ? match : ''));
  try {
    const compiled = new RegExp(pattern, [...new Set(flags.replaceAll('x', ''))].join(''));
    return { source: new BSONRegExp(pattern, [...new Set(flags)].toSorted().join('')), compiled };
  } catch (error) {
    throw new CommandError(51091, `Regular expression is invalid: ${error instanceof Error ? error.message : pattern}`);
  }
}

/** The text every match begins with, for an index range; empty when there is none. */
export function literalPrefix({ source }: Pattern): string {
  if (source.options !== '' || !source.pattern.startsWith('^') || source.pattern.includes('|')) return '';
  const prefix = /^\^((?:\\[^A-Za-z0-9]|[\p{L}\p{N}_@ :/-])*)(.?)/su.exec(source.pattern);
  const [, literal = '', next = ''] = prefix ?? [];
  const text = literal.replaceAll(/\\(.)/gsu, '$1');
  return /[*?{]/.test(next) ? text.replace(/.$/su, '') : text;
}
