import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Int32, Long } from 'bson';
import { fromJs, toJs, valueFromJs } from '../../test/js-document.js';
import { equalValues } from '../bson/compare.js';
import { isDocument, typeOf, type Value } from '../bson/value.js';
import { parseFilter } from '../query/filter-parser.js';
import { applyChanges, upsertStart } from './updater.js';
import { parseUpdate } from './update-document.js';

const now = new Date('2026-01-02T03:04:05Z');

function update(document: object, change: object, { filter = {}, arrayFilters = [] as object[], insert = false } = {}): object {
  const parsed = parseUpdate(fromJs(change), arrayFilters.map((one) => fromJs(one)));
  if (parsed.kind === 'replacement') throw new Error('a replacement');
  const target = fromJs(document);
  applyChanges(target, parsed.changes, { filter: insert ? undefined : parseFilter(fromJs(filter)), arrayFilters: parsed.arrayFilters, now });
  return toJs(target);
}

/** [what it shows, before, update, after] */
const cases: readonly (readonly [string, object, object, object])[] = [
  ['$set makes what leads there', {}, { $set: { 'a.b.c': 1 } }, { a: { b: { c: 1 } } }],
  ['$set replaces', { a: { b: 1 } }, { $set: { a: 2 } }, { a: 2 }],
  ['$set fills an array with null', { a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
  ['$set into an element', { a: [{ b: 1 }] }, { $set: { 'a.0.b': 2 } }, { a: [{ b: 2 }] }],
  ['$unset removes', { a: 1, b: { c: 1, d: 2 } }, { $unset: { a: 1, 'b.c': '' } }, { b: { d: 2 } }],
  ['$unset of a missing path does nothing', { a: 1 }, { $unset: { 'x.y': 1 } }, { a: 1 }],
  ['$unset of an element leaves null', { a: [1, 2] }, { $unset: { 'a.0': 1 } }, { a: [null, 2] }],
  ['$inc adds', { a: 1 }, { $inc: { a: 2, b: 5 } }, { a: 3, b: 5 }],
  ['$mul multiplies, missing counts as 0', { a: 3 }, { $mul: { a: 2, b: 5 } }, { a: 6, b: 0 }],
  ['$min and $max', { a: 5, b: 5 }, { $min: { a: 3, b: 9, c: 1 }, $max: { d: 1 } }, { a: 3, b: 5, c: 1, d: 1 }],
  ['$max compares across types', { a: 5 }, { $max: { a: 'x' } }, { a: 'x' }],
  ['$rename moves', { a: 1, b: { c: 2 } }, { $rename: { a: 'x.y', 'b.c': 'z' } }, { b: {}, x: { y: 1 }, z: 2 }],
  ['$rename of a missing field does nothing', { a: 1 }, { $rename: { b: 'a' } }, { a: 1 }],
  ['$currentDate', {}, { $currentDate: { a: true } }, { a: now }],
  ['$setOnInsert does nothing to a document that is there', { a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1 }],
  ['$push makes the array', {}, { $push: { a: 1 } }, { a: [1] }],
  ['$push $each $position', { a: [1, 4] }, { $push: { a: { $each: [2, 3], $position: 1 } } }, { a: [1, 2, 3, 4] }],
  ['$push $position from the end', { a: [1, 4] }, { $push: { a: { $each: [3], $position: -1 } } }, { a: [1, 3, 4] }],
  ['$push $sort $slice', { a: [{ x: 3 }, { x: 1 }] }, { $push: { a: { $each: [{ x: 2 }], $sort: { x: -1 }, $slice: 2 } } }, { a: [{ x: 3 }, { x: 2 }] }],
  ['$push negative $slice', { a: [1, 2] }, { $push: { a: { $each: [3], $slice: -2 } } }, { a: [2, 3] }],
  ['$push $sort of values', { a: [3, 1] }, { $push: { a: { $each: [2], $sort: 1 } } }, { a: [1, 2, 3] }],
  ['$addToSet adds what is new', { a: [1, { x: 1, y: 2 }] }, { $addToSet: { a: { $each: [1, { x: 1, y: 2 }, { y: 2, x: 1 }, 2, 2] } } }, { a: [1, { x: 1, y: 2 }, { y: 2, x: 1 }, 2] }],
  ['$pull by value', { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
  ['$pull by condition', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
  ['$pull by fields', { a: [{ id: 1, x: 1 }, { id: 2 }] }, { $pull: { a: { id: 1 } } }, { a: [{ id: 2 }] }],
  ['$pull by $in', { a: [{ id: 1 }, { id: 2 }, { id: 3 }] }, { $pull: { a: { id: { $in: [1, 3] } } } }, { a: [{ id: 2 }] }],
  ['$pullAll', { a: [1, 2, 3, 1] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
  ['$pop last and first', { a: [1, 2, 3], b: [1, 2, 3] }, { $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [2, 3] }],
  ['$[] changes every element', { a: [{ n: 1 }, { n: 2 }] }, { $inc: { 'a.$[].n': 1 } }, { a: [{ n: 2 }, { n: 3 }] }],
];

describe('update operators', () => {
  it.each(cases)('%s', (_, before, change, after) => {
    expect(update(before, change)).toEqual(after);
  });
  it('$ is the element that matched, whatever else the update does to the array', () => {
    const filter = { 'a.id': 2 };
    expect(update({ a: [{ id: 1 }, { id: 2 }] }, { $set: { 'a.$.x': 1, 'a.$.y': 2 } }, { filter })).toEqual({ a: [{ id: 1 }, { id: 2, x: 1, y: 2 }] });
    expect(() => update({ a: [{ id: 1 }] }, { $set: { 'a.$.x': 1 } }, { filter: { b: 1 } })).toThrow(/positional operator did not find/);
  });
  it('$[name] is the elements that the array filter means', () => {
    const document = { a: [{ id: 1, n: [1, 5] }, { id: 2, n: [5, 9] }] };
    expect(update(document, { $set: { 'a.$[e].ok': true } }, { arrayFilters: [{ 'e.id': 2 }] })).toEqual({ a: [document.a[0], { ...document.a[1], ok: true }] });
    expect(update(document, { $inc: { 'a.$[].n.$[big]': 10 } }, { arrayFilters: [{ big: { $gte: 5 } }] })).toEqual({ a: [{ id: 1, n: [1, 15] }, { id: 2, n: [15, 19] }] });
  });
  it('keeps and promotes the types of numbers', () => {
    const result = (a: Value, change: object): Value | undefined => {
      const parsed = parseUpdate(fromJs(change), []);
      const document = new Map([['a', a]]);
      if (parsed.kind === 'changes') applyChanges(document, parsed.changes, { filter: parseFilter(new Map()), arrayFilters: parsed.arrayFilters, now });
      return document.get('a');
    };
    const expectSame = (actual: Value | undefined, expected: Value): void => {
      expect(actual !== undefined && typeOf(actual)).toBe(typeOf(expected));
      expect(actual !== undefined && equalValues(actual, expected)).toBe(true);
    };
    expectSame(result(new Int32(2 ** 31 - 1), { $inc: { a: 1 } }), Long.fromNumber(2 ** 31));
    expectSame(result(new Int32(1), { $inc: { a: new Double(1) } }), new Double(2));
    expectSame(result(Long.fromString('9007199254740993'), { $inc: { a: 1 } }), Long.fromString('9007199254740994'));
    expectSame(result(Decimal128.fromString('0.1'), { $inc: { a: Decimal128.fromString('0.2') } }), Decimal128.fromString('0.3'));
    expectSame(result(new Int32(3), { $mul: { a: Decimal128.fromString('1.5') } }), Decimal128.fromString('4.5'));
    expect(() => result(Long.MAX_VALUE, { $inc: { a: 1 } })).toThrow(expect.objectContaining({ code: 2 }));
  });
  it.each([
    ['an unknown operator', {}, { $foo: { a: 1 } }, 9],
    ['a conflict', {}, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
    ['a conflict with an outer path', {}, { $set: { 'a.b': 1, a: 1 } }, 40],
    ['a conflict through $rename', {}, { $set: { b: 1 }, $rename: { a: 'b' } }, 40],
    ['a scalar in the way', { a: 1 }, { $set: { 'a.b': 1 } }, 28],
    ['a name in an array', { a: [1] }, { $set: { 'a.b': 1 } }, 28],
    ['$inc of a text', { a: 'x' }, { $inc: { a: 1 } }, 14],
    ['$inc by a text', { a: 1 }, { $inc: { a: 'x' } }, 14],
    ['$push to a scalar', { a: 1 }, { $push: { a: 1 } }, 2],
    ['$pull from a scalar', { a: 1 }, { $pull: { a: 1 } }, 2],
    ['$pop by 2', { a: [1] }, { $pop: { a: 2 } }, 9],
    ['an empty path', {}, { $set: { '': 1 } }, 56],
    ['$[name] without a filter', { a: [1] }, { $set: { 'a.$[x]': 1 } }, 2],
    ['$[] on a scalar', { a: 1 }, { $set: { 'a.$[]': 1 } }, 2],
    ['too large a gap in an array', { a: [] }, { $set: { 'a.2000000': 1 } }, 2],
  ])('refuses %s', (_, before, change, code) => {
    expect(() => update(before, change)).toThrow(expect.objectContaining({ code }));
  });
  it('never reaches the prototype of anything', () => {
    update({ x: { polluted: true } }, { $rename: { x: '__proto__' } });
    update({}, { $set: { '__proto__.polluted': true, 'constructor.prototype.polluted': true } });
    expect('polluted' in {}).toBe(false);
  });
  it('an upsert begins with what the filter says', () => {
    const start = (filter: object): object => toJs(upsertStart(parseFilter(fromJs(filter))));
    expect(start({ _id: 1, 'a.b': 2, c: { $gt: 1 }, d: { $in: [4] }, $and: [{ e: 5 }] })).toEqual({ _id: 1, a: { b: 2 }, d: 4, e: 5 });
    expect(() => start({ a: 1, $and: [{ a: 2 }] })).toThrow(expect.objectContaining({ code: 54 }));
    expect(isDocument(valueFromJs({}))).toBe(true);
  });
});
