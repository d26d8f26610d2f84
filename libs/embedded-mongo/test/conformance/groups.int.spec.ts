import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Long } from 'bson';
import { answers, refusedWith, Wire } from './wire.js';

const wire = new Wire();
const double = (value: number): Double => new Double(value);
const decimal = (text: string): Decimal128 => Decimal128.fromString(text);
const sales = [
  { _id: 1, item: 'abc', price: decimal('10'), n: 2, date: new Date('2014-03-01T08:00:00Z') },
  { _id: 2, item: 'jkl', price: decimal('20'), n: 1, date: new Date('2014-03-01T09:00:00Z') },
  { _id: 3, item: 'xyz', price: decimal('5'), n: 10 },
  { _id: 4, item: 'xyz', price: decimal('5.5'), n: 20, tags: ['x'] },
];
const group = (fields: object, by: unknown = null): object[] => [{ $group: { _id: by, ...fields } }, { $sort: { _id: 1 } }];

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/group/', () => {
  wire.pipelines(sales, [
    [group({ total: { $sum: { $multiply: ['$price', '$n'] } }, n: { $sum: '$n' }, average: { $avg: '$n' }, count: { $count: {} } }, '$item'), [
      { _id: 'abc', total: decimal('20'), n: 2, average: double(2), count: 1 }, { _id: 'jkl', total: decimal('20'), n: 1, average: double(1), count: 1 }, { _id: 'xyz', total: decimal('160.0'), n: 30, average: double(15), count: 2 }]],
    [group({ a: { $avg: '$price' }, missing: { $avg: '$nope' }, sum: { $sum: '$nope' }, text: { $sum: '$item' } }), [{ _id: null, a: decimal('10.125'), missing: null, sum: 0, text: 0 }]],
    [group({ first: { $first: '$date' }, last: { $last: '$date' }, min: { $min: '$n' }, max: { $max: '$tags' } }), [{ _id: null, first: sales[0]?.date, last: null, min: 1, max: ['x'] }]],
    [group({ all: { $push: { item: '$item', n: '$n' } } }, { $gt: ['$n', 5] }), [{ _id: false, all: [{ item: 'abc', n: 2 }, { item: 'jkl', n: 1 }] }, { _id: true, all: [{ item: 'xyz', n: 10 }, { item: 'xyz', n: 20 }] }]],
    [group({ dates: { $push: '$date' }, items: { $addToSet: '$item' } }), [{ _id: null, dates: [sales[0]?.date, sales[1]?.date], items: ['abc', 'jkl', 'xyz'] }]],
    [group({ pop: { $stdDevPop: { $cond: [{ $lt: ['$_id', 3] }, '$n', 'x'] } }, one: { $stdDevSamp: '$tags' } }), [{ _id: null, pop: double(0.5), one: null }]],
    [group({ merged: { $mergeObjects: { a: '$n', b: '$item' } } }), [{ _id: null, merged: { a: 20, b: 'xyz' } }]],
    [group({ top: { $top: { output: '$item', sortBy: { n: -1 } } }, bottom: { $bottom: { output: ['$item', '$n'], sortBy: { n: -1 } } } }), [{ _id: null, top: 'xyz', bottom: ['jkl', 1] }]],
    [group({ top: { $topN: { n: 2, output: '$n', sortBy: { n: 1 } } }, bottom: { $bottomN: { n: 3, output: '$n', sortBy: { n: 1 } } } }), [{ _id: null, top: [1, 2], bottom: [2, 10, 20] }]],
    [group({ first: { $firstN: { n: 2, input: '$date' } }, last: { $lastN: { n: 2, input: '$n' } }, min: { $minN: { n: 2, input: '$n' } }, max: { $maxN: { n: 9, input: '$tags' } } }), [{ _id: null, first: [sales[0]?.date, sales[1]?.date], last: [10, 20], min: [1, 2], max: [['x']] }]],
    [group({ n: { $firstN: { n: { $cond: [{ $eq: ['$k', 'xyz'] }, 2, 1] }, input: '$n' } } }, { k: '$item' }), [{ _id: { k: 'abc' }, n: [2] }, { _id: { k: 'jkl' }, n: [1] }, { _id: { k: 'xyz' }, n: [10, 20] }]],
    [group({}, '$nope'), [{ _id: null }]],
    [[{ $group: { n: { $sum: 1 } } }], refusedWith(15955)], [[{ $group: 1 }], refusedWith(15947)], [group({ n: 1 }), refusedWith(40234)], [group({ n: { $sum: 1, $avg: 1 } }), refusedWith(40238)], [group({ n: { $nope: 1 } }), refusedWith(15952)],
    [group({ n: { $sum: ['$n', 1] } }), refusedWith(40237)], [group({ 'a.b': { $sum: 1 } }), refusedWith(40235)], [group({ $a: { $sum: 1 } }), refusedWith(40236)], [group({ n: { $count: 1 } }), refusedWith(14)], [group({ n: { $topN: { output: 1, sortBy: { a: 1 } } } }), refusedWith(5788003)], [group({ n: { $firstN: { n: -1, input: 1 } } }), refusedWith(7548606)],
    [group({ n: { $mergeObjects: '$n' } }), refusedWith(40400)],
  ]);

  it('sums keep their type: ints become longs, longs doubles; doubles lose nothing on the way', async () => {
    const sum = async (values: unknown[]): Promise<unknown> => {
      await wire.fill('many', values.map((v) => ({ v })));
      const [found] = await wire.aggregate('many', [{ $group: { _id: null, v: { $sum: '$v' } } }]);
      return found?.v;
    };
    await answers(sum([2147483647, 1]), Long.fromNumber(2147483648));
    await answers(sum([Long.MAX_VALUE, 1]), double(2 ** 63));
    await answers(sum([Long.fromString('9007199254740993'), 1]), Long.fromString('9007199254740994'));
    await answers(sum(Array.from({ length: 10 }, () => double(0.1))), double(1));
    await answers(sum([double(0.5), decimal('0.25'), 1]), decimal('1.75'));
    await answers(sum([double(Infinity), double(-Infinity)]), double(NaN));
    await answers(sum([double(1e308), double(1e308)]), double(Infinity));
  });
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/bucket/', () => {
  const bucket = (options: object): object[] => [{ $bucket: { groupBy: '$n', boundaries: [0, 2, 10], ...options } }];
  wire.pipelines(sales, [
    [bucket({ default: 'other' }), [{ _id: 0, count: 1 }, { _id: 2, count: 1 }, { _id: 'other', count: 2 }]],
    [bucket({ boundaries: [0, 30], output: { n: { $sum: 1 }, items: { $push: '$item' } } }), [{ _id: 0, n: 4, items: ['abc', 'jkl', 'xyz', 'xyz'] }]],
    [bucket({}), refusedWith(40066)], [bucket({ boundaries: [1] }), refusedWith(40192)], [bucket({ boundaries: [1, 'a'] }), refusedWith(40193)], [bucket({ boundaries: [2, 1] }), refusedWith(40194)], [bucket({ boundaries: 1 }), refusedWith(40200)],
    [bucket({ default: 5 }), refusedWith(40199)], [bucket({ groupBy: 'n' }), refusedWith(40202)], [bucket({ output: 1 }), refusedWith(40196)], [bucket({ more: 1 }), refusedWith(40197)], [[{ $bucket: { groupBy: '$n' } }], refusedWith(40198)], [[{ $bucket: 1 }], refusedWith(40201)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/setWindowFields/', () => {
  const rows = [
    { _id: 1, state: 'CA', n: 5, at: new Date('2021-01-01T00:00:00Z') }, { _id: 2, state: 'CA', n: 3, at: new Date('2021-02-01T00:00:00Z') }, { _id: 3, state: 'CA', n: 3, at: new Date('2021-04-01T00:00:00Z') },
    { _id: 4, state: 'WA', n: 7, at: new Date('2021-01-15T00:00:00Z') },
  ];
  const windows = (sortBy: object | undefined, output: object, partitionBy: unknown = '$state'): object[] => [{ $setWindowFields: { partitionBy, ...(sortBy ? { sortBy } : {}), output } }, { $sort: { _id: 1 } }, { $project: { r: 1 } }];
  const over = (documents: unknown[], fn: object = { $sum: '$n' }): object => ({ r: { ...fn, window: { documents } } });
  const range = (bounds: unknown[], unit?: string, fn: object = { $sum: '$n' }): object => ({ r: { ...fn, window: { range: bounds, ...(unit ? { unit } : {}) } } });
  const results = (...values: unknown[]): object[] => values.map((r, index) => ({ _id: index + 1, r }));
  wire.pipelines(rows, [
    [windows({ at: 1 }, over(['unbounded', 'current'])), results(5, 8, 11, 7)], [windows({ at: 1 }, over([-1, 0], { $avg: '$n' })), results(double(5), double(4), double(3), double(7))], [windows({ at: 1 }, over([1, 2])), results(6, 3, 0, 0)],
    [windows({ at: 1 }, over([-1, 1], { $push: '$_id' })), results([1, 2], [1, 2, 3], [2, 3], [4])], [windows({ at: 1 }, over([-1, 0], { $min: '$n' })), results(5, 3, 3, 7)], [windows({ at: 1 }, over(['current', 'unbounded'], { $first: '$n' })), results(5, 3, 3, 7)],
    [windows(undefined, { r: { $max: '$n' } }), results(5, 5, 5, 7)], [windows({ at: 1 }, { r: { $count: {} } }, null), results(4, 4, 4, 4)], [windows({ at: -1 }, over(['unbounded', 'current'], { $last: '$_id' })), results(1, 2, 3, 4)],
    [windows({ n: 1 }, { r: { $rank: {} } }), results(3, 1, 1, 1)], [windows({ n: 1 }, { r: { $denseRank: {} } }), results(2, 1, 1, 1)], [windows({ n: 1 }, { r: { $documentNumber: {} } }), results(3, 1, 2, 1)],
    [windows({ at: 1 }, { r: { $shift: { output: '$n', by: 1, default: 'none' } } }), results(3, 3, 'none', 'none')], [windows({ at: 1 }, { r: { $shift: { output: '$n', by: -1 } } }), results(null, 5, 3, null)],
    [windows({ n: 1 }, range([-2, 0])), results(11, 6, 6, 7)], [windows({ at: 1 }, range([-1, 0], 'month')), results(5, 8, 3, 7)], [windows({ at: 1 }, range(['unbounded', -31], 'day')), results(0, 5, 8, 0)], [windows({ n: 1 }, range(['current', 'current'], undefined, { $push: '$_id' })), results([1], [2, 3], [2, 3], [4])],
    [windows({ n: 1 }, { 'r.a': { $rank: {} } }), results({ a: 3 }, { a: 1 }, { a: 1 }, { a: 1 })],
    [windows({ at: 1 }, over([1, -1])), refusedWith(5339900)], [windows(undefined, over([-1, 0])), refusedWith(5339901)], [windows({ n: -1 }, range([-1, 0])), refusedWith(5339902)], [windows({ state: 1 }, range([-1, 0])), refusedWith(5429414)], [windows({ n: 1 }, range([-1, 0], 'day')), refusedWith(5429513)],
    [windows(undefined, { r: { $rank: {} } }), refusedWith(5371602)], [windows({ n: 1 }, { r: { $rank: {}, window: {} } }), refusedWith(5371601)], [windows({ n: 1 }, { r: { $rank: 1 } }), refusedWith(5371603)], [windows({ n: 1 }, { r: { $derivative: { input: '$n' } } }), refusedWith(9)], [windows({ n: 1 }, { r: {} }), refusedWith(9)],
    [[{ $setWindowFields: { sortBy: { n: 1 } } }], refusedWith(40414)], [windows({ n: 1 }, { r: { $sum: 1 } }, ['$n']), refusedWith(14)],
  ]);

  it('running sums over many documents take time in proportion to their number', async () => {
    await wire.fill('many', Array.from({ length: 20_000 }, (_, n) => ({ n })));
    const found = await wire.aggregate('many', [{ $setWindowFields: { sortBy: { n: 1 }, output: { sum: { $sum: '$n', window: { documents: ['unbounded', 'current'] } }, last: { $sum: '$n', window: { documents: [-9_999, 0] } } } } }, { $match: { n: 19_999 } }], { maxTimeMS: 20_000 });
    expect(found.map(({ sum, last }) => [Number(sum), Number(last)])).toEqual([[199_990_000, 149_995_000]]);
  });
});
