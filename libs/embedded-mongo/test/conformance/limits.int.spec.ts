import { describe, expect, it } from '@jest/globals';
import { Double, Long } from 'bson';
import { answers, refusedWith, Wire } from './wire.js';

const wire = new Wire();

describe('https://www.mongodb.com/docs/manual/reference/limits/', () => {
  const nested = (depth: number, wrap: (inner: object) => object): object => {
    let filter: object = { a: 1 };
    for (let level = 0; level < depth; level++) filter = wrap(filter);
    return filter;
  };
  const range = (count: number): object => ({ $range: [0, count] });

  it.each<readonly [string, readonly object[], object, unknown]>([
    ['a pipeline of more than 1,000 stages', Array.from({ length: 1001 }, () => ({ $limit: 1 })), {}, refusedWith(7749501)],
    ['a filter that is nested deeply', [{ $match: nested(79, (inner) => ({ $nor: [inner] })) }, { $count: 'n' }], {}, [{ n: 1 }]],
    ['pipelines inside pipelines', [nested(21, (inner) => ({ $unionWith: { coll: 'many', pipeline: 'a' in inner ? [] : [inner] } }))], {}, refusedWith(232)],
    ['a range that would fill the memory', [{ $set: { n: { $size: range(2147483647) } } }], {}, refusedWith(146)],
    ['loops in loops', [{ $set: { n: { $map: { input: range(100_000), in: { $sum: range(100_000) } } } } }], {}, refusedWith(146)],
    ['a list that doubles', [{ $set: { n: { $size: { $reduce: { input: range(60), initialValue: [1], in: { $concatArrays: ['$$value', '$$value'] } } } } } }], {}, refusedWith(146)],
    ['a text that doubles', [{ $set: { n: { $strLenCP: { $reduce: { input: range(60), initialValue: 'x', in: { $concat: ['$$value', '$$value'] } } } } } }], {}, refusedWith(10334)],
    ['a sample of more than there is', [{ $sample: { size: 2 ** 53 } }, { $count: 'n' }], {}, [{ n: 1 }]],
    ['groups that hold more than 100 MB', [{ $set: { a: range(3_000) } }, { $unwind: '$a' }, { $set: { big: 'x'.repeat(50_000) } }, { $group: { _id: null, all: { $push: '$big' } } }], {}, refusedWith(146)],
    ['a sort of more than 100 MB', [{ $set: { a: range(3_000) } }, { $unwind: '$a' }, { $set: { big: 'x'.repeat(50_000) } }, { $sort: { a: -1 } }], {}, refusedWith(146)],
    ['facets that hold more than 100 MB', [{ $set: { a: range(3_000) } }, { $unwind: '$a' }, { $set: { big: 'x'.repeat(50_000) } }, { $facet: { a: [], b: [] } }], {}, refusedWith(146)],
    ['a result larger than a document', [{ $set: { big: { $map: { input: range(400), in: 'x'.repeat(50_000) } } } }], {}, refusedWith(10334)],
    ['more time than maxTimeMS', [{ $set: { a: range(300_000) } }, { $unwind: '$a' }, { $group: { _id: '$a' } }, { $sort: { _id: -1 } }, { $count: 'n' }], { maxTimeMS: 50 }, refusedWith(50)],
    ['more time than maxTimeMS inside one expression', [{ $set: { n: { $size: { $filter: { input: range(3_000_000), cond: { $eq: [{ $mod: ['$$this', 7] }, 9] } } } } } }], { maxTimeMS: 50 }, refusedWith(50)],
  ])('%s', async (_, pipeline, options, answer) => {
    await wire.fill('many', [{ _id: 1 }]);
    await answers(wire.aggregate('many', pipeline, options), answer);
    await answers(wire.db.command({ ping: 1 }).then(({ ok }) => Number(ok)), 1);
  });

  it('a pattern that looks for ages in a common engine comes back', async () => {
    await wire.fill('many', [{ _id: 1, text: `${'a'.repeat(60)}!` }]);
    await answers(wire.db.collection('many').find({ text: { $regex: '^(a+)+$' } }).toArray(), []);
    await answers(wire.evaluate({ $regexMatch: { input: `${'a'.repeat(60)}!`, regex: '^(a|aa)+$' } }), false);
  });

  it('maxTimeMS is the time of all batches of a cursor together', async () => {
    await wire.fill('many', Array.from({ length: 400 }, (_, n) => ({ n })));
    const cursor = wire.db.collection('many').aggregate([{ $set: { size: { $size: { $filter: { input: range(20_000), cond: { $lt: ['$$this', 0] } } } } } }], { maxTimeMS: 400, batchSize: 10 });
    const read = async (): Promise<number> => {
      let count = 0;
      for await (const _ of cursor) count++;
      return count;
    };
    await answers(read(), refusedWith(50));
  });

  it('a number keeps its exact type through every stage', async () => {
    await wire.fill('many', [{ _id: 1, int: 1, long: Long.fromNumber(1), double: new Double(1) }]);
    const stages = [{ $sort: { int: 1 } }, { $set: { x: 0 } }, { $project: { x: 0 } }, { $unwind: '$int' }, { $facet: { a: [] } }, { $unwind: '$a' }, { $replaceWith: '$a' }, { $lookup: { from: 'many', localField: 'long', foreignField: 'double', as: 'b' } }, { $replaceWith: { $arrayElemAt: ['$b', 0] } }];
    await answers(wire.aggregate('many', stages), [{ _id: 1, int: 1, long: Long.fromNumber(1), double: new Double(1) }]);
    expect(await wire.evaluate({ $type: { $add: [1, Long.ONE] } })).toBe('long');
  });
});
