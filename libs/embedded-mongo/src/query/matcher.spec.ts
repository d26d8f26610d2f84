import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Long, MaxKey, MinKey, ObjectId } from 'bson';
import { fromJs } from '../../test/js-document.js';
import { CommandError } from '../errors.js';
import { namesOf } from '../aggregation/expression-parser.js';
import { Deadline } from '../deadline.js';
import { parseFilter } from './filter-parser.js';
import { matcherOf, positionOf } from './matcher.js';

const names = namesOf(new Deadline(0));

const id = new ObjectId();
const matches = (filter: object, document: object): boolean => matcherOf(parseFilter(fromJs(filter), names))(fromJs(document));

/** [filter, documents that match, documents that do not] */
const cases: readonly (readonly [object, readonly object[], readonly object[]])[] = [
  [{}, [{}, { a: 1 }], []],
  [{ a: 1 }, [{ a: 1 }, { a: new Double(1) }, { a: Long.fromNumber(1) }, { a: Decimal128.fromString('1.0') }, { a: [0, 1] }], [{}, { a: '1' }, { a: [[1]] }, { a: true }]],
  [{ a: null }, [{}, { a: null }, { a: [1, null] }], [{ a: 1 }, { a: [] }]],
  [{ 'a.b': null }, [{}, { a: {} }, { a: 1 }, { a: { b: null } }, { a: [{ b: 1 }, {}] }], [{ a: { b: 1 } }, { a: [] }, { a: [1] }]],
  [{ a: [1, 2] }, [{ a: [1, 2] }, { a: [[1, 2], 3] }], [{ a: [2, 1] }, { a: [1, 2, 3] }]],
  [{ a: { x: 1, y: 2 } }, [{ a: { x: 1, y: 2 } }], [{ a: { y: 2, x: 1 } }, { a: { x: 1 } }]],
  [{ a: { $ne: 1 } }, [{}, { a: 2 }, { a: [2, 3] }], [{ a: 1 }, { a: [2, 1] }]],
  [{ a: { $gt: 5 } }, [{ a: 6 }, { a: [1, 9] }, { a: Long.fromNumber(6) }], [{ a: 5 }, {}, { a: '9' }, { a: new Date() }]],
  [{ a: { $gte: null } }, [{}, { a: null }], [{ a: 0 }]],
  [{ a: { $lt: 'b' } }, [{ a: 'a' }, { a: '' }], [{ a: 1 }, { a: 'b' }]],
  [{ a: { $gt: new MinKey() } }, [{ a: 1 }, { a: null }, { a: 'x' }], [{ a: new MinKey() }]],
  [{ a: { $lte: new MaxKey() } }, [{ a: 1 }, { a: new MaxKey() }], []],
  [{ a: { $lt: Number.NaN } }, [], [{ a: 1 }, { a: Number.NaN }]],
  [{ a: { $gte: Number.NaN } }, [{ a: Number.NaN }], [{ a: 1 }]],
  [{ a: { $in: [1, 'x', null, /^y/] } }, [{ a: 1 }, { a: 'x' }, {}, { a: 'yes' }, { a: ['n', 'y'] }], [{ a: 2 }, { a: 'n' }]],
  [{ a: { $in: [id] } }, [{ a: id }], [{ a: new ObjectId() }, { a: id.toHexString() }]],
  [{ a: { $nin: [1, 2] } }, [{}, { a: 3 }], [{ a: 1 }, { a: [3, 2] }]],
  [{ a: { $exists: true } }, [{ a: null }, { a: [] }], [{}]],
  [{ 'a.b': { $exists: false } }, [{}, { a: 1 }, { a: [{ c: 1 }] }], [{ a: { b: 1 } }, { a: [{}, { b: 1 }] }]],
  [{ 'a.0': { $exists: true } }, [{ a: [1] }, { a: { 0: 1 } }], [{ a: [] }, {}, { a: 1 }]],
  [{ a: { $type: 'number' } }, [{ a: 1 }, { a: 1.5 }, { a: Long.fromNumber(1) }, { a: ['x', 1] }], [{ a: '1' }, {}]],
  [{ a: { $type: ['string', 8] } }, [{ a: 'x' }, { a: true }], [{ a: 1 }]],
  [{ a: { $type: 'array' } }, [{ a: [[]] }, { a: [1] }], [{ a: 1 }]],
  [{ a: { $all: [1, 2] } }, [{ a: [2, 1, 3] }], [{ a: [1] }, { a: 1 }]],
  [{ a: { $all: [1] } }, [{ a: 1 }, { a: [1] }], [{ a: 2 }]],
  [{ a: { $all: [] } }, [], [{ a: [] }, {}]],
  [{ a: { $elemMatch: { x: 1, y: 2 } } }, [{ a: [{ x: 1, y: 2 }] }], [{ a: [{ x: 1 }, { y: 2 }] }, { a: { x: 1, y: 2 } }]],
  [{ 'a.x': 1, 'a.y': 2 }, [{ a: [{ x: 1 }, { y: 2 }] }], [{ a: [{ x: 1 }] }]],
  [{ a: { $elemMatch: { $gt: 2, $lt: 5 } } }, [{ a: [9, 3] }], [{ a: [1, 9] }, { a: 3 }]],
  [{ a: { $gt: 2, $lt: 5 } }, [{ a: 3 }, { a: [1, 9] }], [{ a: [9] }]],
  [{ a: { $elemMatch: { $or: [{ x: 1 }, { y: 1 }] } } }, [{ a: [{ y: 1 }] }], [{ a: [{ z: 1 }] }]],
  [{ a: { $size: 2 } }, [{ a: [1, [2]] }], [{ a: [1] }, { a: 2 }, { a: [[1, 2]] }]],
  [{ a: { $regex: '^ab', $options: 'i' } }, [{ a: 'ABc' }, { a: ['x', 'ab'] }], [{ a: 'xab' }, { a: 1 }]],
  [{ a: /b$/ }, [{ a: 'ab' }], [{ a: 'ba' }]],
  [{ a: { $mod: [4, 1] } }, [{ a: 5 }, { a: 5.9 }], [{ a: 4 }, { a: 'x' }]],
  [{ a: { $not: { $gt: 5 } } }, [{ a: 5 }, {}, { a: 'x' }], [{ a: 6 }, { a: [1, 6] }]],
  [{ a: { $not: /^x/ } }, [{ a: 'y' }, {}], [{ a: 'x' }]],
  [{ $or: [{ a: 1 }, { b: 1 }] }, [{ a: 1 }, { b: 1 }], [{ a: 2 }]],
  [{ $nor: [{ a: 1 }, { b: 1 }] }, [{ a: 2 }], [{ b: 1 }]],
  [{ $and: [{ a: 1 }, { a: 2 }] }, [{ a: [1, 2] }], [{ a: 1 }]],
  [{ $expr: { $gt: ['$spent', '$budget'] } }, [{ spent: 2, budget: 1 }], [{ spent: 1, budget: 2 }, {}]],
  [{ 'a.b.c': 1 }, [{ a: [{ b: [{ c: [1] }] }] }], [{ a: [[{ b: { c: 1 } }]] }]],
  [{ 'a.1.b': 1 }, [{ a: [{}, { b: 1 }] }], [{ a: [{ b: 1 }] }]],
];

describe('a filter', () => {
  it.each(cases)('%j tells what matches', (filter, yes, no) => {
    for (const document of yes) expect([document, matches(filter, document)]).toEqual([document, true]);
    for (const document of no) expect([document, matches(filter, document)]).toEqual([document, false]);
  });
  it.each([
    [{ $foo: 1 }, 2], [{ a: { $foo: 1 } }, 2], [{ $and: [] }, 2], [{ $or: 1 }, 2], [{ a: { $in: 1 } }, 2], [{ a: { $in: [{ $gt: 1 }] } }, 2],
    [{ a: { $size: -1 } }, 2], [{ a: { $type: 'nope' } }, 2], [{ a: { $mod: [0, 1] } }, 2], [{ a: { $not: 1 } }, 2], [{ a: { $options: 'i' } }, 2],
    [{ a: { $regex: '(' } }, 51091], [{ a: { $regex: 'a', $options: 'z' } }, 51108], [{ $where: '1' }, 238], [{ a: { $near: [1, 2] } }, 238],
    [{ $expr: { $nope: 1 } }, 168], [{ a: { $elemMatch: 1 } }, 2], [{ a: { $gt: /x/ } }, 2],
  ])('%j is refused with the code %d', (filter, code) => {
    expect(() => parseFilter(fromJs(filter), names)).toThrow(expect.objectContaining({ code }));
    expect(() => parseFilter(fromJs(filter), names)).toThrow(CommandError);
  });
  it('tells which array element it met', () => {
    const at = (filter: object, document: object, path: string): number | undefined => positionOf(parseFilter(fromJs(filter), names), fromJs(document), path);
    expect(at({ 'a.x': 2 }, { a: [{ x: 1 }, { x: 2 }] }, 'a')).toBe(1);
    expect(at({ a: { $elemMatch: { x: 2, y: 2 } } }, { a: [{ x: 2 }, { x: 2, y: 2 }] }, 'a')).toBe(1);
    expect(at({ a: { $gte: 5 } }, { a: [1, 7] }, 'a')).toBe(1);
    expect(at({ b: 1 }, { a: [1], b: 1 }, 'a')).toBeUndefined();
  });
});
