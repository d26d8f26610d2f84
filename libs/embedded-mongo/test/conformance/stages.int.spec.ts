import { describe, expect, it } from '@jest/globals';
import { Double, Long } from 'bson';
import { answers, refusedWith, Wire } from './wire.js';

const wire = new Wire();
const orders = [{ _id: 1, item: 'almonds', n: 2 }, { _id: 2, item: 'pecans', n: 1 }, { _id: 3 }];
const inventory = [{ _id: 1, sku: 'almonds', stock: 120 }, { _id: 2, sku: 'bread', stock: 80 }, { _id: 3, sku: null }, { _id: 4 }, { _id: 5, sku: ['pecans', 'x'] }];
const run = async (pipeline: readonly object[], options: object = {}): Promise<unknown> => {
  await wire.fill('orders', orders);
  await wire.fill('inventory', inventory);
  return wire.aggregate('orders', pipeline, options);
};
const rows = (cases: readonly (readonly [readonly object[], unknown])[]): void => {
  it.each(cases.map(([pipeline, answer]) => ({ title: JSON.stringify(pipeline), pipeline, answer })))('$title', ({ pipeline, answer }) => answers(run(pipeline), answer));
};

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/lookup/', () => {
  const ids = { $project: { found: '$found._id' } };
  const lookup = (options: object): object => ({ $lookup: { from: 'inventory', as: 'found', ...options } });
  rows([
    [[lookup({ localField: 'item', foreignField: 'sku' }), ids], [{ _id: 1, found: [1] }, { _id: 2, found: [5] }, { _id: 3, found: [3, 4] }]],
    [[lookup({ let: { n: '$n' }, pipeline: [{ $match: { $expr: { $and: [{ $eq: ['$_id', '$$n'] }, { $gt: ['$stock', 0] }] } } }, { $project: { _id: 0, stock: 1 } }] }), { $match: { _id: 1 } }], [{ _id: 1, item: 'almonds', n: 2, found: [{ stock: 80 }] }]],
    [[lookup({ localField: 'item', foreignField: 'sku', let: { n: '$n' }, pipeline: [{ $set: { n: '$$n' } }, { $limit: 1 }] }), { $project: { n: '$found.n' } }], [{ _id: 1, n: [2] }, { _id: 2, n: [1] }, { _id: 3, n: [] }]],
    [[lookup({ pipeline: [{ $sort: { _id: -1 } }, { $limit: 1 }, { $lookup: { from: 'orders', let: { i: '$_id' }, pipeline: [{ $match: { $expr: { $lt: ['$_id', '$$i'] } } }, { $count: 'n' }], as: 'deep' } }] }), { $project: { n: '$found.deep.n' } }, { $limit: 1 }], [{ _id: 1, n: [[3]] }]],
    [[lookup({ localField: 'item', foreignField: 'sku', as: 'a.b' }), { $project: { n: { $size: '$a.b' } } }, { $limit: 1 }], [{ _id: 1, n: 1 }]],
    [[{ $lookup: { from: 'nowhere', localField: 'a', foreignField: 'b', as: 'c' } }, { $project: { c: 1 } }, { $limit: 1 }], [{ _id: 1, c: [] }]],
    [[lookup({ localField: 'item' })], refusedWith(9)], [[lookup({ pipeline: [{ $out: 'x' }] })], refusedWith(51047)], [[lookup({ let: { n: 1 }, localField: 'a', foreignField: 'b' })], refusedWith(9)], [[lookup({ pipeline: [{ $match: { $expr: '$$n' } }] })], refusedWith(17276)],
    [[lookup({ nope: 1, pipeline: [] })], refusedWith(9)], [[{ $lookup: 1 }], refusedWith(9)], [[lookup({ pipeline: 1 })], refusedWith(14)], [[lookup({ let: { Bad: 1 }, pipeline: [] })], refusedWith(9)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/facet/', () => {
  rows([
    [[{ $facet: { all: [{ $count: 'n' }], first: [{ $match: { n: { $gt: 1 } } }, { $project: { item: 1 } }], none: [{ $match: { n: 9 } }] } }], [{ all: [{ n: 3 }], first: [{ _id: 1, item: 'almonds' }], none: [] }]],
    [[{ $facet: { a: [{ $sort: { _id: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }] } }, { $unwind: '$a' }, { $replaceRoot: { newRoot: '$a' } }], [{ _id: 3 }]],
    [[{ $facet: {} }], refusedWith(40169)], [[{ $facet: { a: 1 } }], refusedWith(40170)], [[{ $facet: { a: [{ $facet: {} }] } }], refusedWith(40600)], [[{ $facet: { a: [{ $out: 'x' }] } }], refusedWith(40600)], [[{ $facet: { 'a.b': [] } }], refusedWith(16412)], [[{ $facet: { a: [{ $nope: 1 }] } }], refusedWith(40324)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/unionWith/', () => {
  rows([
    [[{ $project: { _id: 1 } }, { $unionWith: { coll: 'inventory', pipeline: [{ $match: { stock: { $gte: 100 } } }, { $project: { stock: 1 } }] } }], [{ _id: 1 }, { _id: 2 }, { _id: 3 }, { _id: 1, stock: 120 }]],
    [[{ $unionWith: 'inventory' }, { $count: 'n' }], [{ n: 8 }]], [[{ $unionWith: { coll: 'inventory', pipeline: [{ $merge: 'x' }] } }], refusedWith(31441)], [[{ $unionWith: { coll: 'a', nope: 1 } }], refusedWith(40415)], [[{ $unionWith: {} }], refusedWith(40414)], [[{ $unionWith: { coll: 1 } }], refusedWith(14)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-pipeline/', () => {
  const documents = [{ _id: 1, a: { b: 1, c: 2 }, list: [3, 1] }, { _id: 2, a: { b: 2 }, list: [] }, { _id: 3, a: 5 }];
  wire.pipelines(documents, [
    [[{ $match: { 'a.b': { $gt: 1 } } }, { $project: { list: 1 } }], [{ _id: 2, list: [] }]], [[{ $match: 1 }], refusedWith(15959)],
    [[{ $project: { _id: 0, 'a.b': 1 } }], [{ a: { b: 1 } }, { a: { b: 2 } }, {}]], [[{ $project: { a: 0, list: 0 } }], [{ _id: 1 }, { _id: 2 }, { _id: 3 }]], [[{ $project: { z: '$list', y: { $literal: 1 } } }, { $limit: 1 }], [{ _id: 1, z: [3, 1], y: 1 }]],
    [[{ $project: {} }], refusedWith(51272)], [[{ $project: { a: 1, b: 0 } }], refusedWith(31254)], [[{ $project: { a: { $nope: 1 } } }], refusedWith(31325)], [[{ $project: { a: 1, 'a.b': 1 } }], refusedWith(31249)], [[{ $project: { 'a.$': 1 } }], refusedWith(31324)], [[{ $project: { a: { b: { $nope: 1 } } } }], refusedWith(31325)],
    [[{ $set: { 'a.d': '$_id', e: { f: 1 } } }, { $unset: ['list', 'a.b'] }, { $limit: 2 }], [{ _id: 1, a: { c: 2, d: 1 }, e: { f: 1 } }, { _id: 2, a: { d: 2 }, e: { f: 1 } }]], [[{ $addFields: {} }], refusedWith(40177)], [[{ $set: { a: 1, 'a.b': 1 } }], refusedWith(40176)], [[{ $unset: [] }], refusedWith(31119)], [[{ $unset: 1 }], refusedWith(31002)],
    [[{ $unwind: '$list' }, { $project: { list: 1 } }], [{ _id: 1, list: 3 }, { _id: 1, list: 1 }]], [[{ $unwind: { path: '$list', includeArrayIndex: 'at', preserveNullAndEmptyArrays: true } }, { $project: { list: 1, at: 1 } }], [{ _id: 1, list: 3, at: Long.fromNumber(0) }, { _id: 1, list: 1, at: Long.fromNumber(1) }, { _id: 2, at: null }, { _id: 3, at: null }]],
    [[{ $unwind: 'list' }], refusedWith(28818)], [[{ $unwind: {} }], refusedWith(28812)], [[{ $unwind: { path: '$a', nope: 1 } }], refusedWith(28811)], [[{ $unwind: { path: '$a', preserveNullAndEmptyArrays: 1 } }], refusedWith(28809)], [[{ $unwind: 1 }], refusedWith(15981)],
    [[{ $sort: { 'a.b': -1, _id: 1 } }, { $project: { _id: 1 } }], [{ _id: 2 }, { _id: 1 }, { _id: 3 }]], [[{ $sort: {} }], refusedWith(15976)], [[{ $skip: 0 }, { $sort: { a: 'x' } }], refusedWith(15974)], [[{ $sort: { a: 2 } }], refusedWith(15975)],
    [[{ $skip: 1 }, { $limit: 1 }, { $project: { _id: 1 } }], [{ _id: 2 }]], [[{ $limit: 0 }], refusedWith(15958)], [[{ $limit: -1 }], refusedWith(5107201)], [[{ $skip: -1 }], refusedWith(5107200)], [[{ $count: 'n' }], [{ n: 3 }]], [[{ $match: { a: 9 } }, { $count: 'n' }], []], [[{ $count: '' }], refusedWith(40157)], [[{ $count: 'a.b' }], refusedWith(40160)], [[{ $count: '$a' }], refusedWith(40158)],
    [[{ $sortByCount: { $type: '$a' } }], [{ _id: 'object', count: 2 }, { _id: 'int', count: 1 }]], [[{ $sortByCount: 'a' }], refusedWith(40147)],
    [[{ $replaceWith: { $mergeObjects: [{ b: 0 }, { $cond: [{ $isNumber: '$a' }, {}, '$a'] }] } }], [{ b: 1, c: 2 }, { b: 2 }, { b: 0 }]], [[{ $replaceRoot: { newRoot: '$a' } }], refusedWith(40228)], [[{ $replaceRoot: {} }], refusedWith(40414)],
    [[{ $sample: { size: 5 } }, { $count: 'n' }], [{ n: 3 }]], [[{ $sample: { size: 2 } }, { $count: 'n' }], [{ n: 2 }]], [[{ $sample: { size: 0 } }], refusedWith(28747)], [[{ $sample: { size: 'x' } }], refusedWith(28746)], [[{ $sample: {} }], refusedWith(28749)], [[{ $sample: 1 }], refusedWith(28745)],
    [[{ $nope: 1 }], refusedWith(40324)], [[{ $match: {}, $limit: 1 }], refusedWith(40323)], [[{ $geoNear: {} }], refusedWith(40324)], [[{ $out: 'x' }, { $match: {} }], refusedWith(40601)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/merge/', () => {
  const target = [{ _id: 1, n: 10, kept: true }, { _id: 9, n: 0 }];
  const merged = async (merge: object | string): Promise<unknown> => {
    await wire.fill('orders', [{ _id: 1, n: 2 }, { _id: 2, n: 1 }]);
    await wire.fill('target', target);
    await wire.aggregate('orders', [{ $merge: merge }]);
    return wire.db.collection('target').find().sort({ _id: 1 }).toArray();
  };
  const [first, last] = target;
  it.each<readonly [object | string, unknown]>([
    ['target', [{ _id: 1, n: 2, kept: true }, { _id: 2, n: 1 }, last]],
    [{ into: 'target', whenMatched: 'replace' }, [{ _id: 1, n: 2 }, { _id: 2, n: 1 }, last]],
    [{ into: { db: 'conformance', coll: 'target' }, whenMatched: 'keepExisting', whenNotMatched: 'discard' }, [first, last]],
    [{ into: 'target', whenMatched: [{ $set: { n: { $add: ['$n', '$$new.n'] } } }] }, [{ _id: 1, n: 12, kept: true }, { _id: 2, n: 1 }, last]],
    [{ into: 'target', let: { more: { $multiply: ['$n', 3] } }, whenMatched: [{ $set: { n: '$$more' } }], whenNotMatched: 'discard' }, [{ _id: 1, n: 6, kept: true }, last]],
    [{ into: 'target', whenMatched: 'fail' }, refusedWith(11000)], [{ into: 'target', whenNotMatched: 'fail' }, refusedWith(13113)], [{ into: 'target', on: 'n' }, refusedWith(51183)], [{ into: 'target', on: [] }, refusedWith(51187)], [{ into: 5 }, refusedWith(51178)],
    [{ into: 'target', whenMatched: 'nope' }, refusedWith(2)], [{ into: 'target', let: { a: 1 }, whenMatched: 'merge' }, refusedWith(51199)], [{ into: 'target', nope: 1 }, refusedWith(40415)], [{}, refusedWith(40414)], [{ into: 'target', whenMatched: [{ $group: { _id: 1 } }] }, refusedWith(72)],
  ])('%j', (merge, answer) => answers(merged(merge), answer));

  it('joins on a unique index, and leaves nothing behind when one document is refused', async () => {
    const target = wire.db.collection('by-key');
    await target.createIndex({ key: 1 }, { unique: true });
    await target.insertOne({ key: 'a', n: 1 });
    await wire.fill('orders', [{ _id: 1, key: 'a', n: 5 }, { _id: 2, key: 'b', n: 6 }]);
    await wire.aggregate('orders', [{ $project: { _id: 0 } }, { $merge: { into: 'by-key', on: 'key' } }]);
    await answers(target.find({}, { projection: { _id: 0 } }).sort({ key: 1 }).toArray(), [{ key: 'a', n: 5 }, { key: 'b', n: 6 }]);
    await wire.fill('orders', [{ _id: 1, key: 'c' }, { _id: 2 }]);
    await answers(wire.aggregate('orders', [{ $merge: { into: 'by-key', on: 'key' } }]), refusedWith(51132));
    await answers(wire.aggregate('by-key', [{ $count: 'n' }]), [{ n: 2 }]);
  });
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/out/', () => {
  it('replaces a collection with the results, keeps its indexes, and takes nothing away when one is refused', async () => {
    const out = wire.db.collection('out');
    await out.createIndex({ n: 1 }, { unique: true });
    await out.insertOne({ n: 99 });
    await wire.fill('orders', orders);
    await wire.aggregate('orders', [{ $match: { n: { $exists: true } } }, { $project: { n: 1 } }, { $out: 'out' }]);
    await answers(out.find().toArray(), [{ _id: 1, n: 2 }, { _id: 2, n: 1 }]);
    await answers(wire.aggregate('orders', [{ $project: { n: { $literal: 1 } } }, { $out: 'out' }]), refusedWith(11000));
    await answers(wire.aggregate('out', [{ $count: 'n' }]), [{ n: 2 }]);
    expect(await out.indexes()).toHaveLength(2);
    await wire.aggregate('orders', [{ $match: { n: 99 } }, { $out: { db: 'conformance', coll: 'out' } }]);
    await answers(wire.aggregate('out', [{ $count: 'n' }]), []);
    await answers(wire.aggregate('orders', [{ $out: 5 }]), refusedWith(16990));
    await answers(wire.aggregate('orders', [{ $set: { m: new Double(1) } }, { $out: 'orders' }, ]), []);
    await answers(wire.db.collection('orders').find({ n: 1 }).toArray(), [{ _id: 2, item: 'pecans', n: 1, m: new Double(1) }]);
  });
});
