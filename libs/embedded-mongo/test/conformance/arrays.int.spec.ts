import { describe, expect, it } from '@jest/globals';
import { Double, Int32, Long } from 'bson';
import { answers, missing, refusedWith, Wire } from './wire.js';

const wire = new Wire();

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-array/', () => {
  wire.expressions({ list: [1, 2, 3], pairs: [['a', 1], ['b', 2]], docs: [{ k: 'x', v: 1 }, { k: 'y', v: null }], rows: [{ n: 2, t: 'b' }, { n: 1, t: 'c' }, { n: 2, t: 'a' }], none: null, text: 'x' }, [
    [{ $arrayElemAt: ['$list', 0] }, 1], [{ $arrayElemAt: ['$list', -2] }, 2], [{ $arrayElemAt: ['$list', 9] }, missing], [{ $arrayElemAt: ['$none', 0] }, null], [{ $arrayElemAt: ['$text', 0] }, refusedWith(28689)],
    [{ $arrayElemAt: ['$list', 'a'] }, refusedWith(28690)], [{ $arrayElemAt: ['$list', new Double(1.5)] }, refusedWith(28691)],
    [{ $first: '$list' }, 1], [{ $last: '$list' }, 3], [{ $first: [[]] }, missing], [{ $last: '$none' }, null], [{ $first: '$text' }, refusedWith(28689)],
    [{ $firstN: { n: 2, input: '$list' } }, [1, 2]], [{ $lastN: { n: 5, input: '$list' } }, [1, 2, 3]], [{ $minN: { n: 2, input: [3, null, 1, 2] } }, [1, 2]], [{ $maxN: { n: 2, input: '$list' } }, [3, 2]],
    [{ $firstN: { n: 0, input: '$list' } }, refusedWith(7548606)], [{ $firstN: { input: '$list' } }, refusedWith(5787906)], [{ $minN: { n: 1, input: '$text' } }, refusedWith(5788200)],
    [{ $concatArrays: [['hello', ' '], ['world']] }, ['hello', ' ', 'world']], [{ $concatArrays: ['$list', '$none'] }, null], [{ $concatArrays: ['$text'] }, refusedWith(28664)],
    [{ $in: [2, '$list'] }, true], [{ $in: ['$nowhere', [null]] }, false], [{ $in: [1, '$text'] }, refusedWith(40081)],
    [{ $indexOfArray: ['$list', 2] }, 1], [{ $indexOfArray: [[1, 2, 1], 1, 1] }, 2], [{ $indexOfArray: ['$list', 3, 0, 2] }, -1], [{ $indexOfArray: ['$none', 1] }, null], [{ $indexOfArray: ['$text', 1] }, refusedWith(40090)], [{ $indexOfArray: ['$list', 1, -1] }, refusedWith(9711601)],
    [{ $isArray: '$list' }, true], [{ $isArray: ['hello'] }, false], [{ $size: '$list' }, 3], [{ $size: '$nowhere' }, refusedWith(17124)],
    [{ $range: [0, 10, 3] }, [0, 3, 6, 9]], [{ $range: [0, 10, -1] }, []], [{ $range: [0, -10, -3] }, [0, -3, -6, -9]], [{ $range: [0, 5, 0] }, refusedWith(34449)], [{ $range: ['a', 5] }, refusedWith(34443)], [{ $range: [0, new Double(1.5)] }, refusedWith(34446)],
    [{ $reverseArray: '$list' }, [3, 2, 1]], [{ $reverseArray: '$none' }, null], [{ $reverseArray: '$text' }, refusedWith(34435)],
    [{ $slice: ['$list', 2] }, [1, 2]], [{ $slice: ['$list', -2] }, [2, 3]], [{ $slice: ['$list', 1, 1] }, [2]], [{ $slice: ['$list', -9, 2] }, [1, 2]], [{ $slice: ['$list', 15, 2] }, []], [{ $slice: ['$list', 0, 0] }, refusedWith(28729)], [{ $slice: ['$text', 1] }, refusedWith(28724)],
    [{ $zip: { inputs: [['a'], ['b', 'c']] } }, [['a', 'b']]], [{ $zip: { inputs: [['a'], ['b', 'c']], useLongestLength: true, defaults: ['?', '!'] } }, [['a', 'b'], ['?', 'c']]], [{ $zip: { inputs: [['a'], '$none'] } }, null],
    [{ $zip: { inputs: [['a']], defaults: ['x'] } }, refusedWith(34466)], [{ $zip: { inputs: 'x' } }, refusedWith(34460)], [{ $zip: { inputs: ['$text'] } }, refusedWith(34468)],
    [{ $arrayToObject: '$pairs' }, { a: 1, b: 2 }], [{ $arrayToObject: '$docs' }, { x: 1, y: null }], [{ $arrayToObject: [[['a', 1, 2]]] }, refusedWith(40397)], [{ $arrayToObject: [[{ k: 'a' }]] }, refusedWith(40392)], [{ $arrayToObject: [[[1, 2]]] }, refusedWith(40395)], [{ $arrayToObject: [['a']] }, refusedWith(40398)],
    [{ $objectToArray: { a: 1, b: 'x' } }, [{ k: 'a', v: 1 }, { k: 'b', v: 'x' }]], [{ $objectToArray: '$none' }, null], [{ $objectToArray: '$list' }, refusedWith(40390)],
    [{ $sortArray: { input: [3, 'a', 1], sortBy: -1 } }, ['a', 3, 1]], [{ $map: { input: { $sortArray: { input: '$rows', sortBy: { n: 1, t: -1 } } }, in: '$$this.t' } }, ['c', 'b', 'a']], [{ $sortArray: { input: '$none', sortBy: 1 } }, null], [{ $sortArray: { input: '$text', sortBy: 1 } }, refusedWith(2942504)],
    [{ $map: { input: '$list', as: 'n', in: { $multiply: ['$$n', 2] } } }, [2, 4, 6]], [{ $map: { input: '$list', in: '$nowhere' } }, [null, null, null]], [{ $map: { input: '$none', in: 1 } }, null], [{ $map: { input: '$text', in: 1 } }, refusedWith(16883)], [{ $map: { input: '$list' } }, refusedWith(16882)],
    [{ $filter: { input: '$rows', as: 'r', cond: { $eq: ['$$r.n', 2] }, limit: 1 } }, [{ n: 2, t: 'b' }]], [{ $filter: { input: '$list', cond: { $gte: ['$$this', 2] } } }, [2, 3]], [{ $filter: { input: '$none', cond: true } }, null], [{ $filter: { input: '$list', cond: 1, limit: 0 } }, refusedWith(327392)], [{ $filter: { input: '$list' } }, refusedWith(28650)],
    [{ $reduce: { input: ['a', 'b', 'c'], initialValue: '', in: { $concat: ['$$value', '$$this'] } } }, 'abc'], [{ $reduce: { input: '$none', initialValue: 0, in: 1 } }, null], [{ $reduce: { input: [], initialValue: 7, in: 1 } }, 7], [{ $reduce: { input: 1, initialValue: 0, in: 1 } }, refusedWith(40080)],
    [{ $reduce: { input: '$list', initialValue: { sum: 5, product: 2 }, in: { sum: { $add: ['$$value.sum', '$$this'] }, product: { $multiply: ['$$value.product', '$$this'] } } } }, { sum: 11, product: 12 }],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-set/', () => {
  wire.expressions({ a: ['red', 'blue'], b: ['blue', 'red', 'red'], none: null }, [
    [{ $setEquals: ['$a', '$b'] }, true], [{ $setUnion: [['b', 'a'], ['a', 'c']] }, ['a', 'b', 'c']], [{ $setIntersection: ['$a', ['red', 'green']] }, ['red']], [{ $setIntersection: ['$a', '$none'] }, null],
    [{ $setDifference: [['b', 'a', 'b', 'c'], ['a']] }, ['b', 'c']], [{ $setIsSubset: [['red'], '$a'] }, true], [{ $setIsSubset: [[['red']], '$a'] }, false], [{ $setEquals: ['$a', 1] }, refusedWith(17044)], [{ $setUnion: ['$a', 1] }, refusedWith(17043)],
    [{ $setDifference: ['$a', 1] }, refusedWith(17049)], [{ $setUnion: [[1, new Double(1)], [Long.fromNumber(1)]] }, [new Int32(1)]],
    [{ $allElementsTrue: [[true, 1, 'x']] }, true], [{ $allElementsTrue: [[]] }, true], [{ $anyElementTrue: [[null, 0]] }, false], [{ $anyElementTrue: ['$none'] }, refusedWith(17041)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-object/', () => {
  wire.expressions({ o: { a: 1, 'b.c': 2, $d: 3 }, list: [{ a: 1 }, { b: 2 }, { a: 3 }], none: null }, [
    [{ $mergeObjects: ['$o', { a: 5, z: 1 }] }, { a: 5, 'b.c': 2, $d: 3, z: 1 }], [{ $mergeObjects: '$list' }, { a: 3, b: 2 }], [{ $mergeObjects: ['$none', '$nowhere'] }, {}], [{ $mergeObjects: [1] }, refusedWith(40400)],
    [{ $getField: { field: 'b.c', input: '$o' } }, 2], [{ $getField: { field: { $literal: '$d' }, input: '$o' } }, 3], [{ $getField: 'none' }, null], [{ $getField: { field: 'x', input: '$o' } }, missing], [{ $getField: { field: 5, input: '$o' } }, refusedWith(3041704)], [{ $getField: { field: 'a' } }, refusedWith(3041703)],
    [{ $setField: { field: 'b.c', input: '$o', value: '$nowhere' } }, { a: 1, $d: 3 }], [{ $setField: { field: 'n.m', input: {}, value: 1 } }, { 'n.m': 1 }], [{ $setField: { field: '$a', input: {}, value: 1 } }, refusedWith(4161108)], [{ $setField: { field: 'a', input: 1, value: 1 } }, refusedWith(4161105)],
    [{ $unsetField: { field: { $literal: '$d' }, input: '$o' } }, { a: 1, 'b.c': 2 }], [{ $unsetField: { field: 'a', input: '$none' } }, null],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-conditional/', () => {
  wire.expressions({ n: 5, none: null, list: [{ x: 1 }, { x: 2 }, 3] }, [
    [{ $cond: [{ $gte: ['$n', 5] }, 'yes', 'no'] }, 'yes'], [{ $cond: { if: '$none', then: { $divide: [1, 0] }, else: '$nowhere' } }, missing], [{ $cond: { if: 1, then: 2 } }, refusedWith(17082)], [{ $cond: { if: 1, then: 2, else: 3, or: 4 } }, refusedWith(17083)], [{ $cond: [1, 2] }, refusedWith(16020)],
    [{ $ifNull: ['$nowhere', '$none', 'x'] }, 'x'], [{ $ifNull: ['$none', '$nowhere'] }, missing], [{ $ifNull: ['$n'] }, refusedWith(1257300)],
    [{ $switch: { branches: [{ case: { $lt: ['$n', 3] }, then: 'low' }, { case: { $gt: ['$n', 3] }, then: 'high' }], default: '?' } }, 'high'], [{ $switch: { branches: [{ case: false, then: 1 }] } }, refusedWith(40069)], [{ $switch: { branches: [] } }, refusedWith(40068)], [{ $switch: { branches: [{ case: 1 }] } }, refusedWith(40065)], [{ $switch: {} }, refusedWith(40068)],
    [{ $let: { vars: { low: 1, high: '$$ROOT.n' }, in: { $add: ['$$low', '$$high'] } } }, 6], [{ $let: { vars: { a: 1 }, in: { $let: { vars: { b: '$$a' }, in: ['$$a', '$$b'] } } } }, [1, 1]], [{ $let: { vars: { Bad: 1 }, in: 1 } }, refusedWith(9)], [{ $let: { vars: {} } }, refusedWith(16877)],
    ['$$nope', refusedWith(17276)], [{ $literal: { $add: [1, 2] } }, { $add: [1, 2] }], ['$list.x', [1, 2]], ['$list.0', []], ['$$REMOVE', missing], [{ a: '$nowhere', b: 1 }, { b: 1 }], [['$n', '$nowhere'], [5, null]],
    [{ $nope: 1 }, refusedWith(168)], [{ $add: [1], $subtract: [1, 2] }, refusedWith(15983)], ['$', refusedWith(16872)], ['$a..b', refusedWith(15998)], ['$a.', refusedWith(40353)], ['$a.$b', refusedWith(16410)],
  ]);

  it('$$NOW is the same for a whole command, and let gives variables', async () => {
    await wire.fill('many', [{ _id: 1, n: 1 }, { _id: 2, n: 2 }]);
    const [first, second] = await wire.aggregate('many', [{ $set: { at: '$$NOW' } }]);
    expect(first?.at).toEqual(second?.at);
    await answers(wire.aggregate('many', [{ $match: { $expr: { $gt: ['$n', '$$least'] } } }, { $project: { sum: { $add: ['$n', '$$least'] } } }], { let: { least: { $add: [0, 1] } } }), [{ _id: 2, sum: 3 }]);
    await answers(wire.db.collection('many').find({ $expr: { $eq: ['$n', '$$wanted'] } }, { let: { wanted: 2 } }).toArray(), [{ _id: 2, n: 2 }]);
  });
});
