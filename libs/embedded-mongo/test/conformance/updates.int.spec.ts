import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Long } from 'bson';
import { answers, refusedWith, Wire } from './wire.js';

const wire = new Wire();

/** What a document becomes, without its `_id`. */
async function updated(document: object, update: object, options: object = {}, filter: object = {}): Promise<unknown> {
  await wire.fill('many', [{ _id: 1, ...document }]);
  await wire.db.collection('many').updateOne({ _id: { $exists: true }, ...filter }, update, options);
  return wire.db.collection('many').findOne({}, { projection: { _id: 0 } });
}

type Row = readonly [document: object, update: object, answer: unknown, options?: object, filter?: object];
const rows = (all: readonly Row[]): void => {
  it.each(all.map(([document, update, answer, options, filter]) => ({ title: `${JSON.stringify(document)} ${JSON.stringify(update)}`, document, update, answer, options, filter })))('$title', ({ document, update, answer, options, filter }) => answers(updated(document, update, options, filter), answer));
};

describe('https://www.mongodb.com/docs/manual/reference/operator/update-field/', () => {
  rows([
    [{ a: 1 }, { $set: { z: 1, b: 2, 'c.d': 3 } }, { a: 1, b: 2, c: { d: 3 }, z: 1 }], [{}, { $set: { 'a.10': 1, 'a.9': 2, 'a.x': 3 } }, { a: { 9: 2, 10: 1, x: 3 } }], [{ a: [1] }, { $set: { 'a.2': 5 } }, { a: [1, null, 5] }], [{ a: 1 }, { $set: { 'a.b': 1 } }, refusedWith(28)], [{ a: [1] }, { $set: { 'a.b': 1 } }, refusedWith(28)],
    [{ a: 1, b: 2 }, { $unset: { a: '' } }, { b: 2 }], [{ a: [1, 2] }, { $unset: { 'a.0': '' } }, { a: [null, 2] }], [{ a: 1 }, { $unset: { x: '' } }, { a: 1 }],
    [{ n: 2147483647 }, { $inc: { n: 1 } }, { n: Long.fromNumber(2147483648) }], [{ n: Long.MAX_VALUE }, { $inc: { n: 1 } }, refusedWith(2)], [{ n: 1 }, { $inc: { n: new Double(0.5) } }, { n: new Double(1.5) }], [{}, { $inc: { n: 5 } }, { n: 5 }], [{ n: Decimal128.fromString('0.10') }, { $inc: { n: 1 } }, { n: Decimal128.fromString('1.10') }], [{ n: 'x' }, { $inc: { n: 1 } }, refusedWith(14)], [{ n: 1 }, { $inc: { n: 'x' } }, refusedWith(14)], [{ n: null }, { $inc: { n: 1 } }, refusedWith(14)],
    [{ n: 100000 }, { $mul: { n: 100000 } }, { n: Long.fromNumber(1e10) }], [{}, { $mul: { n: 5 } }, { n: 0 }], [{ n: 5 }, { $min: { n: 3 } }, { n: 3 }], [{ n: 5 }, { $max: { n: 'x' } }, { n: 'x' }], [{}, { $min: { n: 3 } }, { n: 3 }],
    [{ a: { b: 1 } }, { $rename: { 'a.b': 'c.d' } }, { a: {}, c: { d: 1 } }], [{ a: 1 }, { $rename: { a: 'a' } }, refusedWith(40)], [{ a: 1 }, { $rename: { a: 5 } }, refusedWith(2)], [{ a: [{ b: 1 }] }, { $rename: { 'a.0.b': 'c' } }, refusedWith(2)], [{ a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1 }],
    [{ n: 13 }, { $bit: { n: { and: 10 } } }, { n: 8 }], [{ n: 3 }, { $bit: { n: { or: Long.fromNumber(5) } } }, { n: Long.fromNumber(7) }], [{ n: 1 }, { $bit: { n: { xor: 5 } } }, { n: 4 }], [{ n: 'x' }, { $bit: { n: { or: 1 } } }, refusedWith(2)], [{ n: 1 }, { $bit: { n: { not: 1 } } }, refusedWith(2)], [{ n: 1 }, { $bit: { n: { or: new Double(1) } } }, refusedWith(2)],
    [{ a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, refusedWith(40)], [{}, { $set: { 'a.b': 1, a: 1 } }, refusedWith(40)], [{}, { $nope: { a: 1 } }, refusedWith(9)], [{}, { $set: 5 }, refusedWith(9)], [{}, { $set: { '': 1 } }, refusedWith(56)], [{}, { $set: { 'a.': 1 } }, refusedWith(56)], [{}, { $set: { _id: 2 } }, refusedWith(66)], [{}, { $set: { _id: 1, b: 1 } }, { b: 1 }],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/update-array/', () => {
  const rows3 = { list: [{ id: 1, n: 1 }, { id: 2, n: 2 }, { id: 3, n: 3 }] };
  rows([
    [{ a: [1] }, { $push: { a: { $each: [3, 2], $position: 0, $sort: -1, $slice: 2 } } }, { a: [3, 2] }], [{ a: [1] }, { $push: { a: [2] } }, { a: [1, [2]] }], [{}, { $push: { a: 1 } }, { a: [1] }], [{ a: 1 }, { $push: { a: 1 } }, refusedWith(2)], [{ a: [{ n: 2 }] }, { $push: { a: { $each: [{ n: 1 }], $sort: { n: 1 } } } }, { a: [{ n: 1 }, { n: 2 }] }], [{ a: [] }, { $push: { a: { $each: 1 } } }, refusedWith(2)], [{ a: [] }, { $push: { a: { $each: [], $nope: 1 } } }, refusedWith(2)], [{ a: [1, 2, 3] }, { $push: { a: { $each: [], $slice: -2 } } }, { a: [2, 3] }],
    [{ a: [1] }, { $addToSet: { a: { $each: [new Double(1), 2, 2] } } }, { a: [1, 2] }], [{ a: [{ x: 1, y: 2 }] }, { $addToSet: { a: { y: 2, x: 1 } } }, { a: [{ x: 1, y: 2 }, { y: 2, x: 1 }] }], [{ a: 1 }, { $addToSet: { a: 1 } }, refusedWith(2)],
    [{ a: [1, 5, 7] }, { $pull: { a: { $gt: 4 } } }, { a: [1] }], [rows3, { $pull: { list: { id: 2, n: 2 } } }, { list: [rows3.list[0], rows3.list[2]] }], [{ a: [1, [1]] }, { $pull: { a: 1 } }, { a: [[1]] }], [{ a: 1 }, { $pull: { a: 1 } }, refusedWith(2)], [{ a: [1, 2, 1] }, { $pullAll: { a: [1] } }, { a: [2] }], [{ a: [1] }, { $pullAll: { a: 1 } }, refusedWith(2)],
    [{ a: [1, 2] }, { $pop: { a: -1 } }, { a: [2] }], [{ a: [] }, { $pop: { a: 1 } }, { a: [] }], [{ a: [1] }, { $pop: { a: 2 } }, refusedWith(9)], [{ a: 1 }, { $pop: { a: 1 } }, refusedWith(14)],
    [rows3, { $set: { 'list.$.n': 9 } }, { list: [rows3.list[0], { id: 2, n: 9 }, rows3.list[2]] }, {}, { 'list.id': 2 }], [rows3, { $inc: { 'list.$[].n': 1 } }, { list: [{ id: 1, n: 2 }, { id: 2, n: 3 }, { id: 3, n: 4 }] }], [rows3, { $set: { 'list.$[big].n': 0 } }, { list: [{ id: 1, n: 1 }, { id: 2, n: 0 }, { id: 3, n: 0 }] }, { arrayFilters: [{ 'big.n': { $gte: 2 } }] }],
    [rows3, { $set: { 'list.$.n': 9 } }, refusedWith(2)], [rows3, { $set: { 'list.$[x].n': 9 } }, refusedWith(2)], [rows3, { $set: { n: 9 } }, refusedWith(9), { arrayFilters: [{ x: 1 }] }], [{ a: 1 }, { $set: { 'a.$[]': 9 } }, refusedWith(2)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/tutorial/update-documents-with-aggregation-pipeline/', () => {
  const pipeline = (...stages: object[]): object => stages;
  rows([
    [{ a: 1, b: [3, 4] }, pipeline({ $set: { sum: { $sum: '$b' }, a: '$$REMOVE' } }, { $unset: 'b' }), { sum: 7 }], [{ a: 1 }, pipeline({ $replaceWith: { n: { $add: ['$a', 1] } } }), { n: 2 }], [{ a: 1 }, pipeline({ $group: { _id: 1 } }), refusedWith(72)], [{ a: 1 }, pipeline({ $set: { _id: 5 } }), refusedWith(66)], [{ a: 1 }, pipeline({ $set: { b: { $nope: 1 } } }), refusedWith(168)],
    [{ a: 1 }, pipeline({ $set: { b: '$$more' } }), { a: 1, b: 5 }, { let: { more: 5 } }],
  ]);

  it('findOneAndUpdate takes a pipeline, variables and a projection; an upsert begins with what the filter equals', async () => {
    await wire.fill('many', [{ _id: 1, n: 1 }, { _id: 2, n: 5 }]);
    const many = wire.db.collection('many');
    await answers(many.findOneAndUpdate({ $expr: { $gt: ['$n', '$$least'] } }, [{ $set: { n: { $multiply: ['$n', 2] } } }], { let: { least: 2 }, returnDocument: 'after', projection: { _id: 0 } }), { n: 10 });
    await answers(many.findOneAndUpdate({ kind: 'new', n: { $gt: 100 }, $or: [{ more: 1 }] }, { $set: { z: 1 }, $setOnInsert: { a: 1 } }, { upsert: true, returnDocument: 'after', projection: { _id: 0 } }), { kind: 'new', more: 1, a: 1, z: 1 });
    await answers(many.findOneAndUpdate({ n: 10 }, { $set: { n: 11 } }, { sort: { _id: -1 }, returnDocument: 'before' }), { _id: 2, n: 10 });
    await answers(many.findOneAndReplace({ _id: Object(1) }, { n: 0 }), null);
    await answers(many.updateOne({ n: 0 }, { $set: { 'a.$': 1 } }, { upsert: true }), refusedWith(2));
  });

  it('a name is a name: __proto__ and constructor are fields like any other', async () => {
    await wire.fill('many', [{ _id: 1, x: 1 }]);
    await wire.db.collection('many').updateOne({}, { $rename: { x: '__proto__.polluted' } });
    await wire.aggregate('many', [{ $set: { 'constructor.prototype.polluted': 1, r: { $setField: { field: '__proto__', input: {}, value: { polluted: 1 } } }, s: { $arrayToObject: [[['__proto__', { polluted: 1 }]]] } } }, { $group: { _id: '$r', all: { $mergeObjects: '$s' } } }]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(await wire.db.collection('many').countDocuments({ '__proto__.polluted': 1 })).toEqual(expect.objectContaining({ value: 1 }));
  });
});
