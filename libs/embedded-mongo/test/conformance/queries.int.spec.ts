import { describe, it } from '@jest/globals';
import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId } from 'bson';
import { answers, refusedWith, Wire } from './wire.js';

const wire = new Wire();
type Row = readonly [filter: object, ids: unknown];

function filters(documents: readonly object[], rows: readonly Row[]): void {
  it.each(rows.map(([filter, answer]) => ({ title: JSON.stringify(filter), filter, answer })))('$title', async ({ filter, answer }) => {
    await wire.fill('many', documents);
    const found = wire.db.collection('many').find(filter).sort({ _id: 1 }).toArray().then((all) => all.map(({ _id }) => Number(_id)));
    await answers(found, answer);
  });
}

describe('https://www.mongodb.com/docs/manual/reference/operator/query-comparison/', () => {
  filters([
    { _id: 1, a: 1 }, { _id: 2, a: Long.fromNumber(2) }, { _id: 3, a: Decimal128.fromString('2.0') }, { _id: 4, a: 'x' }, { _id: 5, a: null }, { _id: 6 }, { _id: 7, a: [1, 5] }, { _id: 8, a: { b: 1, c: 2 } },
    { _id: 9, a: new Date(5) }, { _id: 10, a: new Double(NaN) }, { _id: 11, a: [[1]] }, { _id: 12, a: Long.fromString('9007199254740993') }, { _id: 13, a: [] },
  ], [
    [{ a: 1 }, [1, 7]], [{ a: new Double(2) }, [2, 3]], [{ a: null }, [5, 6]], [{ a: [1, 5] }, [7]], [{ a: { b: 1, c: 2 } }, [8]], [{ a: { c: 2, b: 1 } }, []], [{ a: { $eq: [1] } }, [11]], [{ a: new Double(9007199254740992) }, []],
    [{ a: { $gt: 1 } }, [2, 3, 7, 12]], [{ a: { $gt: 1, $lt: 3 } }, [2, 3, 7]], [{ a: { $gte: null } }, [5, 6]], [{ a: { $lt: 'z' } }, [4]], [{ a: { $gte: new Date(0) } }, [9]], [{ a: { $gte: NaN } }, [10]], [{ a: { $gt: new MinKey() } }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]], [{ a: { $lte: new MinKey() } }, []],
    [{ a: { $ne: 1 } }, [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13]], [{ a: { $in: [1, null, /^X/i] } }, [1, 4, 5, 6, 7]], [{ a: { $nin: [null, 1] } }, [2, 3, 4, 8, 9, 10, 11, 12, 13]], [{ a: { $lt: new MaxKey() } }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]],
    [{ a: { $in: 1 } }, refusedWith(2)], [{ a: { $in: [{ $gt: 1 }] } }, refusedWith(2)], [{ a: { $ne: /x/ } }, refusedWith(2)], [{ a: { $gt: /x/ } }, refusedWith(2)], [{ a: { $nope: 1 } }, refusedWith(2)], [{ $nope: 1 }, refusedWith(2)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/query-logical/', () => {
  filters([{ _id: 1, a: 1, b: 2 }, { _id: 2, a: 1 }, { _id: 3, b: [{ x: 1, y: 2 }, { x: 3, y: 4 }] }], [
    [{ $or: [{ a: 1, b: 2 }, { b: { $size: 2 } }] }, [1, 3]], [{ $and: [{ a: 1 }, { b: { $exists: false } }] }, [2]], [{ $nor: [{ a: 1 }, { b: 5 }] }, [3]], [{ a: { $not: { $gt: 0 } } }, [3]], [{ a: { $not: /x/ } }, [1, 2, 3]], [{ $expr: { $gt: ['$b', '$a'] } }, [1, 3]],
    [{ $or: [] }, refusedWith(2)], [{ $or: 1 }, refusedWith(2)], [{ $and: [1] }, refusedWith(2)], [{ a: { $not: 1 } }, refusedWith(2)], [{ a: { $not: {} } }, refusedWith(2)], [{ $expr: { $nope: 1 } }, refusedWith(168)], [{ b: { $elemMatch: { $expr: true } } }, refusedWith(224)],
    [{ $alwaysFalse: 1 }, []], [{ $alwaysTrue: 1, _id: 2 }, [2]], [{ $comment: 'x', _id: 1 }, [1]],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/query-array/', () => {
  filters([{ _id: 1, a: [1, 2, 3] }, { _id: 2, a: [{ x: 1, y: 2 }, { x: 3, y: 4 }] }, { _id: 3, a: 2 }, { _id: 4, a: [[1, 2], 5] }, { _id: 5, a: { b: [{ c: 1 }, { c: null }] } }], [
    [{ a: { $all: [1, 3] } }, [1]], [{ a: { $all: [2] } }, [1, 3]], [{ a: { $all: [[1, 2]] } }, [4]], [{ a: { $all: [{ $elemMatch: { x: 1, y: 2 } }, { $elemMatch: { x: 3 } }] } }, [2]], [{ a: { $all: [] } }, []],
    [{ a: { $elemMatch: { x: 1, y: 4 } } }, []], [{ 'a.x': 1, 'a.y': 4 }, [2]], [{ a: { $elemMatch: { $gte: 3, $lt: 5 } } }, [1]], [{ a: { $elemMatch: { 0: 1 } } }, [4]], [{ a: { $size: 2 } }, [2, 4]], [{ 'a.1': 2 }, [1]], [{ 'a.0.x': 1 }, [2]],
    [{ 'a.b.c': null }, [2, 3, 5]], [{ 'a.b.c': { $exists: true } }, [5]], [{ a: { $size: -1 } }, refusedWith(2)], [{ a: { $size: 'x' } }, refusedWith(2)], [{ a: { $all: 1 } }, refusedWith(2)], [{ a: { $elemMatch: 1 } }, refusedWith(2)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/query-element/', () => {
  filters([{ _id: 1, a: 1 }, { _id: 2, a: new Double(1) }, { _id: 3, a: Long.ONE }, { _id: 4, a: 'x' }, { _id: 5, a: ['x'] }, { _id: 6, a: null }, { _id: 7 }, { _id: 8, a: new ObjectId() }, { _id: 9, a: new Binary(Buffer.from('ab')) }], [
    [{ a: { $exists: true } }, [1, 2, 3, 4, 5, 6, 8, 9]], [{ a: { $exists: 0 } }, [7]], [{ a: { $type: 'string' } }, [4, 5]], [{ a: { $type: 'number' } }, [1, 2, 3]], [{ a: { $type: [16, 'long'] } }, [1, 3]], [{ a: { $type: 'array' } }, [5]], [{ a: { $type: 'null' } }, [6]], [{ a: { $type: 5 } }, [9]],
    [{ a: { $type: 'nope' } }, refusedWith(2)], [{ a: { $type: 99 } }, refusedWith(2)], [{ a: { $type: [] } }, refusedWith(9)], [{ a: { $type: { x: 1 } } }, refusedWith(14)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/query/mod/ and regex and bits', () => {
  filters([{ _id: 1, a: 54 }, { _id: 2, a: 20 }, { _id: 3, a: new Double(20.5) }, { _id: 4, a: new Binary(Buffer.from([0x36])) }, { _id: 5, a: 'Line one\nline two' }, { _id: 6, a: -1 }, { _id: 7, a: 'x' }], [
    [{ a: { $mod: [4, 0] } }, [2, 3]], [{ a: { $mod: [4, 2] } }, [1]], [{ a: { $mod: [new Double(4.9), 0] } }, [2, 3]], [{ a: { $mod: [0, 1] } }, refusedWith(2)], [{ a: { $mod: [1] } }, refusedWith(2)], [{ a: { $mod: ['x', 1] } }, refusedWith(2)],
    [{ a: /^line/ }, []], [{ a: /^line/m }, [5]], [{ a: { $regex: '^LINE', $options: 'i' } }, [5]], [{ a: { $regex: 'one.line', $options: 's' } }, [5]], [{ a: { $regex: '(?i)LINE t wo # x', $options: 'x' } }, []], [{ a: { $regex: '(' } }, refusedWith(51091)], [{ a: { $options: 'i' } }, refusedWith(2)], [{ a: { $regex: 'x', $options: 'q' } }, refusedWith(51108)],
    [{ a: { $bitsAllSet: [1, 5] } }, [1, 4, 6]], [{ a: { $bitsAllSet: 50 } }, [1, 4, 6]], [{ a: { $bitsAllClear: [0, 3] } }, [1, 2, 4]], [{ a: { $bitsAnySet: new Binary(Buffer.from([0x04])) } }, [1, 2, 4, 6]], [{ a: { $bitsAnyClear: [100] } }, [1, 2, 4]],
    [{ a: { $bitsAllSet: -1 } }, refusedWith(9)], [{ a: { $bitsAllSet: 'x' } }, refusedWith(2)], [{ a: { $bitsAllSet: [-1] } }, refusedWith(2)], [{ $where: '1' }, refusedWith(238)], [{ $text: { $search: 'x' } }, refusedWith(238)], [{ $jsonSchema: {} }, refusedWith(238)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/method/db.collection.find/', () => {
  const one = { _id: 1, a: { b: 1, c: 2 }, list: [{ x: 1, y: 1 }, { x: 2, y: 2 }, { x: 2, y: 3 }], n: 5 };
  it.each<readonly [object, object, unknown]>([
    [{}, { 'a.b': 1 }, { _id: 1, a: { b: 1 } }], [{}, { _id: 0, n: 1 }, { n: 5 }], [{}, { list: 0, a: 0 }, { _id: 1, n: 5 }], [{}, { list: { $slice: 1 }, a: 0, n: 0 }, { _id: 1, list: [{ x: 1, y: 1 }] }], [{}, { n: 1, list: { $slice: [-2, 1] } }, { _id: 1, list: [{ x: 2, y: 2 }], n: 5 }],
    [{}, { list: { $elemMatch: { x: 2 } } }, { _id: 1, list: [{ x: 2, y: 2 }] }], [{ 'list.y': 3 }, { 'list.$': 1 }, { _id: 1, list: [{ x: 2, y: 3 }] }], [{}, { sum: { $add: ['$n', '$a.b'] } }, { _id: 1, sum: 6 }], [{}, { n: 1, t: '$a.c', s: { $literal: 'x' } }, { _id: 1, n: 5, t: 2, s: 'x' }],
    [{}, { n: 1, a: 0 }, refusedWith(31254)], [{}, { n: 0, a: 1 }, refusedWith(31253)], [{}, { n: 0, a: { $add: [1, 2] } }, refusedWith(31252)], [{}, { n: 0, a: 'x' }, refusedWith(31310)], [{}, { n: { $nope: 1 } }, refusedWith(31325)], [{}, { a: 1, 'a.b': 1 }, refusedWith(31249)], [{}, { 'a.b': 1, a: 1 }, refusedWith(31250)], [{ n: 5 }, { 'list.$': 1 }, refusedWith(51246)],
    [{}, { a: {} }, refusedWith(51270)], [{}, { list: { $slice: 'x' } }, refusedWith(28724)],
  ])('filter %j, projection %j', async (filter, projection, answer) => {
    await wire.fill('many', [one]);
    await answers(wire.db.collection('many').findOne(filter, { projection }), answer);
  });

  it('an array sorts by its least element, or by its greatest; types sort in the order of BSON', async () => {
    await wire.fill('many', [{ _id: 1, a: [2, 9] }, { _id: 2, a: 3 }, { _id: 3, a: 'x' }, { _id: 4 }, { _id: 5, a: [] }, { _id: 6, a: new ObjectId() }, { _id: 7, a: true }, { _id: 8, a: new Date(0) }, { _id: 9, a: { z: 1 } }, { _id: 10, a: Decimal128.fromString('2.5') }]);
    const ids = (direction: 1 | -1): Promise<unknown> => wire.db.collection('many').find({}, { projection: { _id: 1 } }).sort({ a: direction }).toArray().then((all) => all.map(({ _id }) => Number(_id)));
    await answers(ids(1), [5, 4, 1, 10, 2, 3, 9, 6, 7, 8]);
    await answers(ids(-1), [8, 7, 6, 9, 3, 1, 2, 10, 4, 5]);
    await answers(wire.db.command({ find: 'many', sort: { a: 2 } }), refusedWith(15975));
  });
});
