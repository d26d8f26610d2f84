import { beforeAll, describe, expect, it } from '@jest/globals';
import { chance, effort } from '@matricula/testing/chance';
import * as fc from 'fast-check';
import { fromJs, toJs } from '../../test/js-document.js';
import { Catalog } from '../catalog/catalog.js';
import type { Collection } from '../catalog/collection.js';
import { parseIndex } from '../catalog/index-definition.js';
import { insertRecord, removeRecord, replaceRecord } from '../catalog/records.js';
import { encode } from '../bson/encoder.js';
import { type Document, Int32 } from '../bson/value.js';
import { Deadline } from '../deadline.js';
import { CommandError } from '../errors.js';
import { Store } from '../storage/store.js';
import { parseFilter } from './filter-parser.js';
import { matcherOf } from './matcher.js';
import { planOf } from './planner.js';
import { search } from './search.js';
import { parseSort, sortKeyOf } from './sort-key.js';

const scalar = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }) }, fc.constantFrom(null, 'a', 'ab', 'b', true, new Date(5), 2.5));
const named = fc.record({ x: scalar, y: scalar }, { requiredKeys: [] });
const inner = fc.oneof({ weight: 12, arbitrary: named }, fc.record({ 0: scalar }));
const value = fc.oneof(
  { weight: 3, arbitrary: scalar }, inner, { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 3, arbitrary: fc.array(fc.oneof({ weight: 4, arbitrary: inner }, scalar), { maxLength: 3 }) },
);
// Arrays in one field most of the time: two in one index are refused.
const document = fc.oneof(
  { weight: 3, arbitrary: fc.record({ a: value, b: scalar, c: scalar }, { requiredKeys: [] }) }, fc.record({ a: scalar, b: scalar, c: value }, { requiredKeys: [] }),
);
const path = fc.constantFrom('a', 'a', 'b', 'c', 'a.x', 'a.x', 'a.y', 'a.y', 'c.x', 'a.0', 'a.0.x');
const direction = fc.constantFrom(1, -1);

const key = fc.uniqueArray(fc.tuple(path, direction), { minLength: 1, maxLength: 3, selector: ([name]) => name }).map((fields) => Object.fromEntries(fields));
const partial = fc.constantFrom({ b: { $exists: true } }, { b: { $gt: 1 } }, { b: 1 }, { b: { $type: 'string' } }, { a: { $in: [1, 2] } }, { 'a.0': { $exists: true } });
const index = fc.oneof(
  { weight: 3, arbitrary: key.map((k) => ({ key: k })) },
  key.map((k) => ({ key: k, sparse: true })),
  fc.tuple(key, partial).map(([k, p]) => ({ key: k, partialFilterExpression: p })),
);

const condition = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.record({ $gt: scalar }), fc.record({ $gte: scalar, $lt: scalar }), fc.record({ $lte: scalar }), fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.constantFrom({ $exists: true }, { $exists: false }, { $regex: '^a' }, { $regex: '^ab' }, { $type: 'string' }, { $size: 2 }, { $gt: 0, $lte: 2 }, { $gt: 1, $lt: 2 }, { $gte: 2, $lt: 3 }),
  fc.record({ $elemMatch: fc.record({ $gte: scalar, $lte: scalar }) }), fc.record({ $elemMatch: inner }), fc.record({ $ne: scalar }), fc.record({ $all: fc.array(scalar, { minLength: 1, maxLength: 2 }) }),
);
const conjunction = fc.array(fc.tuple(path, condition), { minLength: 1, maxLength: 3 }).map((parts) => Object.fromEntries(parts));
const filter = fc.oneof(
  { weight: 4, arbitrary: conjunction },
  fc.tuple(conjunction, conjunction).map((parts) => ({ $or: parts })), fc.tuple(conjunction, conjunction).map((parts) => ({ $and: parts })),
);
const sort = fc.uniqueArray(fc.tuple(path, direction), { maxLength: 2, selector: ([name]) => name }).map((fields) => Object.fromEntries(fields));

class Fixture {
  private constructor(readonly store: Store, readonly catalog: Catalog, readonly collection: Collection) {}

  static async make(): Promise<Fixture> {
    const store = await Store.open({ directory: undefined, onFailure: () => undefined });
    const catalog = new Catalog(store);
    return new Fixture(store, catalog, catalog.create(store.begin(), 'db', 'c'));
  }

  addIndex(spec: object, name: string): void {
    this.catalog.createIndex(this.store.begin(), this.collection, parseIndex(fromJs({ ...spec, name })));
  }

  insert(object: object): void {
    const made = fromJs(object);
    const transaction = this.store.begin();
    const start = transaction.savepoint();
    try {
      insertRecord(transaction, this.collection, made, encode(made));
    } catch (error) {
      transaction.rollback(start);
      throw error;
    }
  }

  find(wanted: object, order: object = {}, cost?: { keysExamined: number; docsExamined: number }): Document[] {
    const context = { reader: this.store, collection: this.collection, deadline: new Deadline(0), ...(cost ? { cost } : {}) };
    return [...search(context, { filter: parseFilter(fromJs(wanted)), sort: parseSort(fromJs(order)) })].map((found) => found.document);
  }
}

const ids = (documents: readonly Document[]): string[] => documents.map((found) => String(toJs(found)._id)).sort();

type World = readonly [documents: readonly object[], indexes: readonly object[], queries: readonly (readonly [filter: object, sort: object])[]];

async function expectSameAsScan([documents, indexes, queries]: World): Promise<void> {
  const fixture = await Fixture.make();
  for (const [n, spec] of indexes.entries()) {
    try {
      fixture.addIndex(spec, `i${n}`);
    } catch (error) {
      expect(error).toMatchObject({ code: 85 }); // the same key twice
    }
  }
  const stored: Document[] = [];
  for (const [n, object] of documents.entries()) {
    try {
      fixture.insert({ _id: n, ...object });
      stored.push(fromJs({ _id: n, ...object }));
    } catch (error) {
      expect([171, 16746]).toContain(error instanceof CommandError && error.code); // what MongoDB does not index either
    }
  }
  for (const [wanted, order] of queries) {
    const matches = matcherOf(parseFilter(fromJs(wanted)));
    const found = fixture.find(wanted, order);
    expect({ wanted, ids: ids(found) }).toEqual({ wanted, ids: ids(stored.filter(matches)) });
    const keys = found.map((one) => sortKeyOf(one, parseSort(fromJs(order))));
    expect(keys).toEqual(keys.toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0)));
  }
}

describe('the planner', () => {
  it('a list of values and a sort read the index for all values together: a page costs a page', async () => {
    const fixture = await Fixture.make();
    fixture.addIndex({ key: { who: 1, at: -1, n: 1 } }, 'i');
    for (let n = 0; n < 300; n++) fixture.insert({ _id: n, who: n % 10, at: (n * 7) % 50, n });
    const wanted = { who: { $in: [1, 3, 5, 7] } };
    for (const order of [{ at: -1, n: 1 }, { at: 1, n: -1 }, { at: -1 }]) {
      const cost = { keysExamined: 0, docsExamined: 0 };
      const context = { reader: fixture.store, collection: fixture.collection, deadline: new Deadline(0), cost };
      const [...page] = search(context, { filter: parseFilter(fromJs(wanted)), sort: parseSort(fromJs(order)), limit: 20 });
      const keys = (documents: readonly Document[]): string[] => documents.map((one) => sortKeyOf(one, parseSort(fromJs(order))));
      expect(keys(page.map((found) => found.document))).toEqual(keys(fixture.find(wanted)).toSorted((x, y) => (x < y ? -1 : 1)).slice(0, 20));
      expect(cost).toEqual({ keysExamined: 20, docsExamined: 20 });
    }
  });
  it('never changes a result: with indexes a query finds what a full scan finds, in the same order', async () => {
    const world = fc.tuple(fc.array(document, { maxLength: 12 }), fc.array(index, { minLength: 1, maxLength: 3 }), fc.array(fc.tuple(filter, sort), { minLength: 3, maxLength: 6 }));
    await fc.assert(fc.asyncProperty(world, expectSameAsScan), chance(500));
  }, 30_000 * effort);

  it.each<[filter: object, documents: object[]]>([
    [{ 'a.0': { $in: [null] } }, [{ a: [{}] }, { a: [] }, { a: [1] }, {}]],
    [{ 'a.0': null, b: 1 }, [{ a: [{}], b: 1 }, { a: [null], b: 1 }]],
    [{ a: { $elemMatch: { 0: 5 } } }, [{ a: [7, [5]] }, { a: [[5]] }]],
    [{ 'a.0': { $gte: 5 } }, [{ a: [5] }, { a: [[5]] }, { a: [1, 5] }, { a: [{ x: 5 }] }]],
  ])('finds by a position in an array what a scan finds: %j', async (wanted, documents) => {
    await expectSameAsScan([documents, [{ key: { 'a.0': 1, b: 1 } }], [[wanted, {}], [wanted, { b: 1 }]]]);
  });

  it('never changes a result over arrays, whose elements may meet the conditions one by one', async () => {
    const small = fc.integer({ min: 0, max: 4 });
    const elements = fc.array(fc.oneof(small, fc.record({ x: small, y: small })), { minLength: 1, maxLength: 3 });
    const specs = fc.constantFrom<object>({ a: 1 }, { a: -1 }, { a: 1, b: -1 }, { 'a.x': 1, 'a.y': 1 }, { 'a.x': -1 }, { b: 1, 'a.y': -1 }).map((fields) => ({ key: fields }));
    const range = fc.tuple(small, small).map(([from, to]): object => ({ $gte: from, $lte: to }));
    const conditions = fc.array(fc.tuple(fc.constantFrom('a', 'a.x', 'a.y', 'b'), fc.oneof<fc.Arbitrary<object | number>[]>(range, small)), { minLength: 1, maxLength: 2 }).map((parts) => Object.fromEntries(parts));
    const orders = fc.constantFrom<object>({}, { a: 1 }, { a: -1 }, { 'a.x': 1 }, { 'a.x': -1 });
    const world = fc.tuple(fc.array(fc.record({ a: elements, b: small }), { minLength: 3, maxLength: 8 }), fc.array(specs, { minLength: 1, maxLength: 2 }), fc.array(fc.tuple(conditions, orders), { minLength: 6, maxLength: 10 }));
    await fc.assert(fc.asyncProperty(world, expectSameAsScan), chance(300));
  }, 30_000 * effort);

  it('keeps the indexes right through updates, removals and rollbacks', async () => {
    const step = fc.tuple(fc.constantFrom('replace', 'remove', 'rollback'), fc.nat({ max: 9 }), document);
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const fixture = await Fixture.make();
      fixture.addIndex({ key: { a: 1 } }, 'a');
      fixture.addIndex({ key: { b: 1 }, partialFilterExpression: { b: { $exists: true } } }, 'b');
      for (let n = 0; n < 10; n++) fixture.insert({ _id: n, a: n });
      for (const [action, n, object] of steps) {
        const context = { reader: fixture.store, collection: fixture.collection, deadline: new Deadline(0) };
        const [record] = search(context, { filter: parseFilter(fromJs({ _id: n })) });
        if (!record) continue;
        const transaction = fixture.store.begin();
        const start = transaction.savepoint();
        const after = fromJs({ _id: n, ...object });
        if (action === 'remove') removeRecord(transaction, fixture.collection, record);
        else replaceRecord(transaction, fixture.collection, record, { document: after, bytes: encode(after) });
        if (action === 'rollback') transaction.rollback(start);
      }
      const all = fixture.find({});
      expect(fixture.collection.count).toBe(all.length);
      for (const wanted of [{ a: { $gte: 0 } }, { a: 2 }, { a: null }, { b: { $gt: 1 } }, { b: 'a' }]) {
        expect(ids(fixture.find(wanted))).toEqual(ids(all.filter(matcherOf(parseFilter(fromJs(wanted))))));
      }
    }), chance(100));
  }, 30_000 * effort);
});

describe('the cost of a search', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.make();
    fixture.addIndex({ key: { tenant: 1, at: -1 } }, 'tenant_at');
    fixture.addIndex({ key: { tags: 1 } }, 'tags');
    fixture.addIndex({ key: { 'outbox.at': 1 }, partialFilterExpression: { 'outbox.0': { $exists: true } } }, 'outbox');
    fixture.addIndex({ key: { email: 1 }, unique: true, sparse: true }, 'email');
    for (let n = 0; n < 500; n++) {
      fixture.insert({ _id: n, tenant: n % 5, at: n, tags: [`t${n % 10}`, 'all'], ...(n % 100 === 0 ? { outbox: [{ at: n }], email: `e${n}` } : {}) });
    }
  });
  it.each([
    ['_id', { _id: 7 }, {}, 1],
    ['$in of _id', { _id: { $in: [1, 2, 3, 999] } }, {}, 3],
    ['an equality', { tenant: 1 }, {}, 100],
    ['an equality and a range on a descending field', { tenant: 1, at: { $gte: 490 } }, {}, 2],
    ['both ends of a range', { tenant: 1, at: { $gt: 1, $lte: 21 } }, {}, 4],
    ['a partial index that the filter implies', { 'outbox.0': { $exists: true } }, {}, 5],
    ['a multikey index', { tags: 't3' }, {}, 50],
    ['a sparse unique index', { email: 'e100' }, {}, 1],
    ['a branch each of $or', { $or: [{ email: 'e100' }, { _id: 5 }] }, {}, 2],
  ])('by %s is no more keys than documents', (_, wanted, order, keys) => {
    const cost = { keysExamined: 0, docsExamined: 0 };
    const found = fixture.find(wanted, order, cost);
    expect({ found: found.length, ...cost }).toEqual({ found: keys, keysExamined: keys, docsExamined: keys });
  });
  it('is the limit when an index gives the order, in both directions', () => {
    for (const [order, first] of [[{ at: -1 }, 496], [{ at: 1 }, 1]] as const) {
      const cost = { keysExamined: 0, docsExamined: 0 };
      const context = { reader: fixture.store, collection: fixture.collection, deadline: new Deadline(0), cost };
      const found = [...search(context, { filter: parseFilter(fromJs({ tenant: 1 })), sort: parseSort(fromJs(order)), limit: 3 })];
      expect(found[0]?.document.get('at')).toEqual(new Int32(first));
      expect(cost.keysExamined).toBe(3);
    }
  });
  it('uses no partial or sparse index where it could miss documents', () => {
    const plan = (wanted: object): string => planOf(fixture.collection, { filter: parseFilter(fromJs(wanted)), sort: [], hint: undefined }).kind;
    expect(plan({ 'outbox.at': null })).toBe('collection');
    expect(plan({ email: null })).toBe('collection');
  });
  it('a hint that names no index is refused', () => {
    const wanted = { filter: parseFilter(new Map()), sort: [], hint: 'nope' };
    expect(() => planOf(fixture.collection, wanted)).toThrow(/hint provided does not correspond/);
  });
});
