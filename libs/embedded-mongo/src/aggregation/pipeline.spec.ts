import { describe, expect, it } from '@jest/globals';
import { Decimal128, Long } from 'bson';
import { fromJs, toJs, valueFromJs } from '../../test/js-document.js';
import { Deadline } from '../deadline.js';
import { Store } from '../storage/store.js';
import { namesOf } from './expression-parser.js';
import { parsePipeline, parseStages, runStages } from './pipeline.js';
import { isDocument } from '../bson/value.js';

async function run(documents: readonly object[], pipeline: readonly object[]): Promise<object[]> {
  const reader = await Store.open({ directory: undefined, onFailure: () => undefined });
  const deadline = new Deadline(0);
  const stages = parseStages(pipeline.map(valueFromJs), namesOf(deadline));
  const context = { reader, deadline, collectionNamed: () => undefined };
  return [...runStages(stages, documents.map((document) => fromJs(document)), context)].map(toJs);
}

const orders = [
  { _id: 1, who: 'a', amount: 5, lines: [{ sku: 'x', n: 1 }, { sku: 'y', n: 2 }] },
  { _id: 2, who: 'b', amount: 7, lines: [] },
  { _id: 3, who: 'a', amount: 2 },
];

describe('the stages of a pipeline', () => {
  it.each([
    ['$match', [{ $match: { who: 'b' } }], [{ _id: 2 }]],
    ['$sort, $skip, $limit', [{ $sort: { amount: -1 } }, { $skip: 1 }, { $limit: 1 }], [{ _id: 1 }]],
    ['$unset', [{ $limit: 1 }, { $unset: ['lines', 'who'] }], [{ _id: 1, amount: 5 }]],
    ['$project inclusion', [{ $limit: 1 }, { $project: { 'lines.sku': 1, _id: 0 } }], [{ lines: [{ sku: 'x' }, { sku: 'y' }] }]],
    ['$project exclusion', [{ $skip: 2 }, { $project: { who: 0 } }], [{ _id: 3, amount: 2 }]],
    ['$project expressions', [{ $limit: 1 }, { $project: { _id: 0, skus: '$lines.sku', double: { $multiply: ['$amount', 2] }, none: '$missing' } }], [{ skus: ['x', 'y'], double: 10 }]],
    ['$set sees the document as it came in', [{ $limit: 1 }, { $set: { amount: 1, was: '$amount', 'deep.er': true } }, { $project: { lines: 0, who: 0 } }], [{ _id: 1, amount: 1, was: 5, deep: { er: true } }]],
    ['$unwind', [{ $unwind: '$lines' }, { $project: { sku: '$lines.sku', _id: 0 } }], [{ sku: 'x' }, { sku: 'y' }]],
    ['$unwind keeping what is empty', [{ $unwind: { path: '$lines', preserveNullAndEmptyArrays: true, includeArrayIndex: 'at' } }, { $project: { at: 1 } }], [{ _id: 1, at: 0 }, { _id: 1, at: 1 }, { _id: 2, at: null }, { _id: 3, at: null }]],
    ['$count', [{ $match: { who: 'a' } }, { $count: 'n' }], [{ n: 2 }]],
    ['$replaceRoot', [{ $limit: 1 }, { $unwind: '$lines' }, { $replaceRoot: { newRoot: '$lines' } }], [{ sku: 'x', n: 1 }, { sku: 'y', n: 2 }]],
    ['$sortByCount', [{ $sortByCount: '$who' }], [{ _id: 'a', count: 2 }, { _id: 'b', count: 1 }]],
    ['$lookup into nothing', [{ $limit: 1 }, { $lookup: { from: 'none', localField: 'a', foreignField: 'b', as: 'c' } }, { $project: { c: 1 } }], [{ _id: 1, c: [] }]],
  ])('%s', async (_, pipeline, expected) => {
    const found = await run(orders, pipeline);
    expect(found).toHaveLength(expected.length);
    for (const [index, one] of found.entries()) expect(one).toMatchObject(expected[index] ?? {});
    if (!pipeline.some((stage) => '$match' in stage && pipeline.length === 1) && !('$sort' in (pipeline[0] ?? {}))) expect(found).toEqual(expected);
  });

  it('$group with every accumulator', async () => {
    const [a] = await run(orders, [{ $group: {
      _id: '$who', sum: { $sum: '$amount' }, avg: { $avg: '$amount' }, min: { $min: '$amount' }, max: { $max: '$amount' },
      first: { $first: '$_id' }, last: { $last: '$_id' }, all: { $push: '$amount' }, set: { $addToSet: '$who' }, n: { $sum: 1 }, count: { $count: {} },
    } }]);
    expect(a).toEqual({ _id: 'a', sum: 7, avg: 3.5, min: 2, max: 5, first: 1, last: 3, all: [5, 2], set: ['a'], n: 2, count: 2 });
  });

  it('$group keeps longs and decimals exact, and groups equal numbers together', async () => {
    const documents = [{ k: 1, v: Long.fromString('9007199254740993') }, { k: Long.fromNumber(1), v: 1 }, { k: 1.0, v: Long.fromNumber(1) }];
    const [sum] = await run(documents, [{ $group: { _id: '$k', v: { $sum: '$v' } } }]);
    expect(sum).toMatchObject({ v: Long.fromString('9007199254740995') });
    const [decimal] = await run([{ v: Decimal128.fromString('0.1') }, { v: Decimal128.fromString('0.2') }], [{ $group: { _id: null, v: { $sum: '$v' } } }]);
    expect(String(Object(decimal).v)).toBe('0.3');
  });

  it.each([
    ['an unknown stage', { $nope: 1 }, 40324], ['a stage for MongoDB', { $densify: {} }, 40324], ['an empty $facet', { $facet: {} }, 40169], ['$limit 0', { $limit: 0 }, 15958],
    ['$group without _id', { $group: { n: { $sum: 1 } } }, 15955], ['an unknown accumulator', { $group: { _id: 1, n: { $nope: 1 } } }, 15952],
    ['an accumulator for MongoDB', { $group: { _id: 1, n: { $median: 1 } } }, 15952], ['an unknown expression', { $set: { a: { $nope: 1 } } }, 168],
    ['an expression for MongoDB', { $set: { a: { $sin: 1 } } }, 168], ['a missing argument', { $set: { a: { $dateTrunc: {} } } }, 5439009], ['mixed projection', { $project: { a: 1, b: 0 } }, 31254],
    ['an unknown variable', { $set: { a: '$$NOPE' } }, 17276], ['$lookup without a join', { $lookup: { from: 'a', as: 'b' } }, 9],
    ['$sort by 2', { $sort: { a: 2 } }, 15975], ['two fields in a stage', { $match: {}, $limit: 1 }, 40323],
  ])('refuses %s', (_, stage, code) => {
    // A leading $match keeps the stage from being turned into part of the query.
    expect(() => parsePipeline([valueFromJs({ $skip: 0 }), valueFromJs(stage)], namesOf(new Deadline(0)))).toThrow(expect.objectContaining({ code }));
  });

  it('lets the query do the leading $match and $sort', () => {
    const { filter, sort, stages } = parsePipeline([{ $match: { a: 1 } }, { $match: { b: 1 } }, { $sort: { c: -1 } }, { $limit: 1 }].map(valueFromJs), namesOf(new Deadline(0)));
    expect(filter.kind === 'and' && filter.parts.length).toBe(2);
    expect(sort.map(({ path }) => path)).toEqual(['c']);
    expect(stages).toHaveLength(1);
  });
});

describe('expressions', () => {
  const evaluate = async (expression: unknown): Promise<unknown> => {
    const [result] = await run([{ a: 5, s: 'x', list: [1, 2, 3], at: new Date(1000), o: { p: 1 } }], [{ $project: { _id: 0, r: expression } }]);
    return Object(result).r;
  };
  it.each([
    [{ $add: ['$a', 1] }, 6], [{ $add: ['$at', 5] }, new Date(1005)], [{ $subtract: ['$a', 7] }, -2], [{ $subtract: ['$at', new Date(0)] }, 1000],
    [{ $divide: ['$a', 2] }, 2.5], [{ $mod: ['$a', 3] }, 2], [{ $add: ['$missing', 1] }, null], [{ $cond: [{ $gt: ['$a', 3] }, 'big', 'small'] }, 'big'],
    [{ $cond: { if: '$missing', then: 1, else: { $literal: '$a' } } }, '$a'], [{ $ifNull: ['$missing', '$a'] }, 5], [{ $concat: ['$s', 'y'] }, 'xy'],
    [{ $size: '$list' }, 3], [{ $in: [2, '$list'] }, true], [{ $arrayElemAt: ['$list', -1] }, 3], [{ $and: ['$a', { $not: ['$missing'] }] }, true],
    [{ $or: [false, 0] }, false], [{ $sum: '$list' }, 6], [{ $max: ['$a', 9, null] }, 9], [{ $cmp: ['$a', 'x'] }, -1], [{ $eq: ['$missing', null] }, false],
    [{ $mergeObjects: ['$o', { q: '$a' }] }, { p: 1, q: 5 }], [['$a', '$missing'], [5, null]], [{ $toUpper: '$s' }, 'X'], [{ $concatArrays: ['$list', [4]] }, [1, 2, 3, 4]],
  ])('%j', async (expression, expected) => {
    expect(await evaluate(expression)).toEqual(expected);
  });
  it('divides nothing by zero', async () => {
    await expect(evaluate({ $divide: ['$a', 0] })).rejects.toThrow(/divide by zero/);
    expect(isDocument(fromJs({}))).toBe(true);
  });
});
