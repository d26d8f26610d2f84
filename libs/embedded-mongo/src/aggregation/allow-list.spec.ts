import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accumulators } from './accumulators.js';
import { operators } from './expression-parser.js';
import { stages } from './stages.js';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');

/** The names that a point of the list of what is in gives, without variables. */
function listed(point: string): string[] {
  const [, text = ''] = new RegExp(`- \\*\\*${point}\\*\\*([\\s\\S]*?)\\n(?:- |\\n)`).exec(readme) ?? [];
  return [...text.matchAll(/(?<!\$)\$[a-zA-Z]\w*/g)].map(([name]) => name).toSorted();
}

describe('the README tells exactly what is in', () => {
  it.each([
    ['Expressions', [...operators.keys()]],
    ['Stages', [...stages.keys(), '$out', '$merge']],
    ['Accumulators', [...accumulators.keys(), '$setWindowFields', '$rank', '$denseRank', '$documentNumber', '$shift']],
  ])('%s', (point, names) => {
    expect(listed(point)).toEqual(names.toSorted());
  });
});
