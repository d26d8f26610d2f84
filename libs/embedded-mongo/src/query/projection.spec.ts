import { describe, expect, it } from '@jest/globals';
import { fromJs, toJs } from '../../test/js-document.js';
import { namesOf } from '../aggregation/expression-parser.js';
import { Deadline } from '../deadline.js';
import { parseFilter } from './filter-parser.js';
import { parseProjection } from './projection.js';

const document = { _id: 1, a: 1, b: { c: 2, d: { e: 3 } }, list: [{ x: 1, y: 1 }, { x: 2, y: 2 }, 7] };

function project(spec: object, filter: object = {}): object {
  const projection = parseProjection(fromJs(spec), { findFilter: parseFilter(fromJs(filter)), names: namesOf(new Deadline(0)) });
  return projection ? toJs(projection(fromJs(document))) : document;
}

describe('the projection of a find', () => {
  it.each([
    [{}, document],
    [{ a: 1 }, { _id: 1, a: 1 }],
    [{ a: true, _id: 0 }, { a: 1 }],
    [{ _id: 1 }, { _id: 1 }],
    [{ _id: 0 }, { a: 1, b: document.b, list: document.list }],
    [{ 'b.c': 1 }, { _id: 1, b: { c: 2 } }],
    [{ b: { d: { e: 1 } } }, { _id: 1, b: { d: { e: 3 } } }],
    [{ 'list.x': 1 }, { _id: 1, list: [{ x: 1 }, { x: 2 }] }],
    [{ 'list.x': 0, b: 0, a: 0 }, { _id: 1, list: [{ y: 1 }, { y: 2 }, 7] }],
    [{ list: { $slice: 1 }, b: 0 }, { _id: 1, a: 1, list: [{ x: 1, y: 1 }] }],
    [{ list: { $slice: [-2, 1] }, a: 1 }, { _id: 1, a: 1, list: [{ x: 2, y: 2 }] }],
    [{ list: { $elemMatch: { x: 2 } } }, { _id: 1, list: [{ x: 2, y: 2 }] }],
    [{ list: { $elemMatch: { x: 9 } } }, { _id: 1 }],
    [{ sum: { $add: ['$a', '$b.c'] } }, { _id: 1, sum: 3 }],
    [{ missing: 1, 'a.b': 1 }, { _id: 1 }],
  ])('%j', (spec, expected) => {
    expect(project(spec)).toEqual(expected);
  });
  it('array.$ is the element that matched', () => {
    expect(project({ 'list.$': 1 }, { 'list.y': 2 })).toEqual({ _id: 1, list: [{ x: 2, y: 2 }] });
    expect(() => project({ 'list.$': 1 }, { a: 1 })).toThrow(expect.objectContaining({ code: 51246 }));
  });
  it.each([[{ a: 1, b: 0 }, 31254], [{ b: 0, a: 1 }, 31253], [{ b: 0, a: { $add: 1 } }, 31252], [{ b: 0, a: 'x' }, 31310], [{ a: {} }, 51270], [{ a: 1, 'a.b': 1 }, 31249], [{ '': 1 }, 40352], [{ a: { $nope: 1 } }, 31325]])('%j is refused with %d', (spec, code) => {
    expect(() => project(spec)).toThrow(expect.objectContaining({ code }));
  });
});
