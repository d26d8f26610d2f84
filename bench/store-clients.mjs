// The clients of bench/store.mjs, in a process of their own; counts what was acknowledged.
import process from 'node:process';
import { MongoClient } from 'mongodb';

const [uri, documents] = [process.argv[2], Number(process.argv[3])];
const client = new MongoClient(uri, { maxPoolSize: 64, serverSelectionTimeoutMS: 2_000 });
const rows = client.db('bench').collection('rows');
const acknowledged = {};
const attempted = {};

const idOf = (n) => `tenant${n % 100}/acc_${String(n).padStart(8, '0')}`;
const anyId = () => idOf(Math.floor(Math.random() * documents));
const documentOf = (n) => ({
  _id: idOf(n), tenant: `t${n % 100}`, at: n, email: `somebody.${n}@example.org`, n: 0, status: n % 3 ? 'active' : 'closed', updatedAt: new Date(),
  name: { first: 'Firstname', last: `Lastname ${n}` }, lines: [{ sku: `sku-${n % 500}`, quantity: 2, price: 1_999 }, { sku: `sku-${n % 77}`, quantity: 1, price: 250 }], note: 'x'.repeat(60),
});

async function increment(act) {
  const _id = anyId();
  attempted[_id] = (attempted[_id] ?? 0) + 1;
  await act(_id);
  acknowledged[_id] = (acknowledged[_id] ?? 0) + 1;
}

const actions = {
  update: () => increment((_id) => rows.updateOne({ _id }, { $inc: { n: 1 }, $set: { updatedAt: new Date() } })),
  findAndModify: () => increment((_id) => rows.findOneAndUpdate({ _id }, { $inc: { n: 1 } })),
  find: () => rows.findOne({ _id: anyId() }),
  page: () => rows.find({ tenant: `t${Math.floor(Math.random() * 100)}`, at: { $lt: Math.random() * documents } }).sort({ at: -1 }).limit(20).toArray(),
};

async function insertAll(concurrency) {
  let next = 0;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < documents) {
      const from = next;
      next += 1_000;
      await rows.insertMany(Array.from({ length: Math.min(1_000, documents - from) }, (_, i) => documentOf(from + i)));
    }
  }));
  return documents;
}

async function repeat(kind, concurrency, seconds) {
  const until = performance.now() + seconds * 1_000;
  let count = 0;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    try {
      for (; performance.now() < until; count++) await actions[kind]();
    } catch {} // the server was killed: what is not acknowledged is not counted
  }));
  return count;
}

async function run({ kind, concurrency, seconds }) {
  if (kind === 'counts') { process.send({ acknowledged, attempted }); return; }
  const began = performance.now();
  const count = kind === 'insert' ? await insertAll(concurrency) : await repeat(kind, concurrency, seconds);
  process.send({ count, rate: count / ((performance.now() - began) / 1_000) });
}

process.on('message', (task) => { void run(task); });
process.on('disconnect', () => { void client.close(true); });
