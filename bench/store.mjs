#!/usr/bin/env node
// How fast the embedded store is, with durability on, and whether everything is there at the end. After `npm run build`.
import { fork, spawn } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';
import { EMBEDDED_MONGO_MAIN } from '../scripts/lib/places.mjs';

const DOCUMENTS = Number(process.env.BENCH_DOCUMENTS ?? 200_000);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const INDEXES = [{ key: { tenant: 1, at: -1 } }, { key: { email: 1 }, unique: true }, { key: { 'lines.sku': 1, n: 1 } }];
const directory = mkdtempSync(path.join(process.env.BENCH_DIRECTORY ?? os.tmpdir(), 'bench-store-'));
const rows = [];
const children = [];

/** @param {boolean} ok undefined for a figure without a limit */
function report(what, figure, limit, ok) {
  const verdict = ok === undefined ? '' : ok ? 'pass' : 'SHORT';
  rows.push({ what, figure, limit: limit ?? '', verdict });
  console.log(`${what.padEnd(52)} ${String(figure).padStart(16)}  ${(limit ?? '').padEnd(14)} ${verdict}`);
}
const atLeast = (what, rate, least) => report(what, `${Math.round(rate)}/s`, `>= ${least}/s`, rate >= least);
const atMost = (what, value, most, unit) => report(what, `${Math.round(value)} ${unit}`, `<= ${most} ${unit}`, value <= most);

async function startServer() {
  const began = performance.now();
  const child = spawn(process.execPath, [...(process.env.BENCH_NODE_ARGS?.split(' ') ?? []), EMBEDDED_MONGO_MAIN, '--port', '0', '--data', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const uri = /listening on (\S+)/.exec(line)[1];
  const client = await new MongoClient(uri).connect();
  return { child, uri, client, db: client.db('bench'), startMs: performance.now() - began };
}

/** Clients run in a process of their own: the driver costs more than the server. */
function startClients(uri) {
  const child = fork(new URL('store-clients.mjs', import.meta.url), [uri, String(DOCUMENTS)]);
  children.push(child);
  const ended = new Promise((_, reject) => { child.once('exit', (code) => reject(new Error(`the clients ended with ${code}`))); });
  ended.catch(() => undefined);
  const ask = (task) => Promise.race([ended, new Promise((resolve) => {
    child.once('message', resolve);
    child.send(task);
  })]);
  return { child, ask };
}

function rawSyncs() {
  const file = openSync(path.join(directory, 'raw'), 'w');
  const began = performance.now();
  let count = 0;
  for (; performance.now() - began < 1_000; count++) {
    writeSync(file, Buffer.alloc(512, count));
    fdatasyncSync(file);
  }
  closeSync(file);
  return count;
}

const residentMiB = ({ child }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** How long a client that asks for nothing had to wait at the longest while something was done. */
async function longestPingDuring(server, work) {
  let longest = 0;
  const state = { working: true };
  const working = work().finally(() => { state.working = false; });
  while (state.working) {
    const began = performance.now();
    await server.db.command({ ping: 1 });
    longest = Math.max(longest, performance.now() - began);
  }
  await working;
  return longest;
}

async function scans(server) {
  const explained = await server.db.collection('rows').find({ tenant: 't7', at: { $lt: 150_000 } }).sort({ at: -1 }).limit(20).explain('executionStats');
  const { nReturned, totalKeysExamined } = explained.executionStats;
  report('indexed find, sort, limit 20: keys for documents', `${totalKeysExamined} for ${nReturned}`, 'no more', totalKeysExamined <= nReturned && nReturned === 20);
}

async function throughput(server, clients) {
  const ask = (kind, concurrency) => clients.ask({ kind, concurrency, seconds: SECONDS });
  atLeast('updateOne by _id, 32 clients', (await ask('update', 32)).rate, 5_000);
  atLeast('updateOne by _id, 1 client', (await ask('update', 1)).rate, 700);
  atLeast('findOne by _id, 32 clients', (await ask('find', 32)).rate, 5_000);
  report('findOneAndUpdate by _id, 32 clients', `${Math.round((await ask('findAndModify', 32)).rate)}/s`);
  report('indexed find, sort, limit 20, 32 clients', `${Math.round((await ask('page', 32)).rate)}/s`);
  await scans(server);
}

async function checkpoint(server, clients) {
  const usual = await longestPingDuring(server, () => clients.ask({ kind: 'update', concurrency: 16, seconds: SECONDS }));
  report('longest answer to a ping, 16 updating clients', `${Math.round(usual)} ms`);
  const updating = clients.ask({ kind: 'update', concurrency: 16, seconds: SECONDS });
  const began = performance.now();
  const longest = await longestPingDuring(server, async () => {
    await server.db.admin().command({ fsync: 1 });
    while ((await server.db.admin().command({ serverStatus: 1 })).journal.checkpointing) await new Promise((resolve) => { setTimeout(resolve, 20); });
  });
  report('checkpoint under 16 updating clients takes', `${Math.round(performance.now() - began)} ms`);
  atMost('longest answer to a ping during the checkpoint', longest, 50, 'ms');
  await updating;
}

/** Kills the server under load, opens it again and looks whether what was acknowledged is there. */
async function crashAndAudit(server, clients) {
  const writing = clients.ask({ kind: 'update', concurrency: 32, seconds: 600 });
  await new Promise((resolve) => { setTimeout(resolve, 1_500); });
  server.child.kill('SIGKILL');
  await writing;
  await server.client.close(true);
  const again = await startServer();
  atMost('reopen after kill -9, until it answers', again.startMs, 2_000, 'ms');
  const { acknowledged, attempted } = await clients.ask({ kind: 'counts' });
  let [lost, invented, found] = [0, 0, 0];
  for await (const { _id, n } of again.db.collection('rows').find({}, { projection: { n: 1 } })) {
    found++;
    if (n < (acknowledged[_id] ?? 0)) lost++;
    if (n > (attempted[_id] ?? 0)) invented++;
  }
  const indexed = await again.db.collection('rows').countDocuments({ email: { $gte: '' } }, { hint: { email: 1 } });
  report('audit: documents, lost updates, invented updates', `${found}, ${lost}, ${invented}`, 'all, 0, 0', found === DOCUMENTS && indexed === found && lost === 0 && invented === 0);
  report('resident after opening again', `${Math.round(residentMiB(again))} MiB`);
  await again.client.close();
  again.child.kill('SIGTERM');
  await new Promise((resolve) => { again.child.once('exit', resolve); });
}

async function main() {
  console.log(`${os.cpus().length} CPUs, load ${os.loadavg().map((n) => n.toFixed(1)).join(' ')}, Node ${process.version}, ${DOCUMENTS} documents, ${INDEXES.length} indexes and _id\n`);
  report('raw write + fdatasync of this disk', `${rawSyncs()}/s`);
  const server = await startServer();
  await server.db.collection('rows').createIndexes(INDEXES);
  const clients = startClients(server.uri);
  atLeast('insertMany, batches of 1,000', (await clients.ask({ kind: 'insert', concurrency: 2 })).rate, 30_000);
  await throughput(server, clients);
  await checkpoint(server, clients);
  atMost('resident, all of this done', residentMiB(server), 400, 'MiB');
  await crashAndAudit(server, clients);
  clients.child.disconnect();
  const short = rows.filter(({ verdict }) => verdict === 'SHORT');
  console.log(`\n${short.length === 0 ? 'every limit is kept' : `${short.length} short: ${short.map(({ what }) => what).join('; ')}`}; load ${os.loadavg()[0].toFixed(1)}`);
  process.exitCode = short.length === 0 ? 0 : 1;
}

try { await main(); } finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
}
