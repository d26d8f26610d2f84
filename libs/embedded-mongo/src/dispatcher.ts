import { type Document, Double, isDocument, isNumeric, type Reply, replyOf, toNumber } from './bson/value.js';
import type { Collection } from './catalog/collection.js';
import { Arguments } from './commands/arguments.js';
import { bulkWriteCommands } from './commands/bulk-write.js';
import { collectionCommands } from './commands/collections.js';
import type { Call, Command, Engine } from './commands/command.js';
import { diagnosticCommands } from './commands/diagnostics.js';
import { explainCommands } from './commands/explain.js';
import { findAndModifyCommands } from './commands/find-and-modify.js';
import { clusterTimes, handshakeCommands } from './commands/handshake.js';
import { indexCommands } from './commands/indexes.js';
import { readCommands } from './commands/reads.js';
import { sessionCommands } from './commands/sessions.js';
import { writeCommands } from './commands/writes.js';
import { Deadline } from './deadline.js';
import { CommandError } from './errors.js';
import { earlierReply, rememberReply, type RetryableWrite, retryableWriteOf } from './sessions.js';
import type { Request } from './wire/message.js';

const commands: ReadonlyMap<string, Command> = new Map(Object.entries({
  ...handshakeCommands, ...diagnosticCommands, ...collectionCommands, ...indexCommands, ...readCommands, ...writeCommands,
  ...findAndModifyCommands, ...bulkWriteCommands, ...sessionCommands, ...explainCommands,
}));

interface Invocation {
  readonly args: Arguments;
  readonly database: string;
  readonly write: RetryableWrite | undefined;
}

/** What a command came to, and what has to be on disk before anybody is told. */
interface Execution {
  readonly outcome: Reply | CommandError;
  readonly durable: Promise<void> | undefined;
}

/** Turns requests into replies: finds the command, runs it in one turn, and answers when its changes are on disk. */
export class Dispatcher {
  /** For each collection the sync that its latest changes wait for. */
  private readonly unsynced = new WeakMap<Collection, Promise<void>>();

  constructor(private readonly engine: Engine, private readonly connectionId: number) {}

  /** Never rejects: what goes wrong becomes `{ok: 0}`. */
  async answer(request: Request): Promise<Reply> {
    try {
      const { outcome, durable } = this.execute(request);
      await durable;
      return outcome instanceof CommandError ? failed(outcome) : finished(outcome, request);
    } catch (error) {
      return failed(error instanceof CommandError ? error : unexpected(error));
    }
  }

  private execute(request: Request): Execution {
    const { body } = request;
    const [name = ''] = body.keys();
    const command = commands.get(name);
    if (!command) throw new CommandError(59, `no such command: '${name}'`);
    const args = new Arguments(name, body, request.sequences);
    const database = args.text('$db');
    if (command.fields) args.allow(command.fields);
    refuseTransaction(args);
    const write = command.retryable ? retryableWriteOf(body.get('lsid'), body.get('txnNumber')) : undefined;
    const earlier = write && earlierReply(this.engine.store, write);
    if (earlier) return { outcome: new Map([...earlier, ...replyOf({ retriedStmtIds: [0] })]), durable: this.engine.store.durable() };
    return this.run(command, { args, database, write });
  }

  private run(command: Command, { args, database, write }: Invocation): Execution {
    const { store, catalog } = this.engine;
    const touched = new Set<Collection>();
    const transaction = store.begin();
    const call: Call = {
      engine: this.engine, database, args, transaction, connectionId: this.connectionId,
      deadline: new Deadline(args.count('maxTimeMS') ?? 0),
      isRetryable: write !== undefined,
      collection: (name, otherDatabase) => {
        const collection = catalog.find(otherDatabase ?? database, name);
        if (collection) touched.add(collection);
        return collection;
      },
    };
    const start = transaction.savepoint();
    try {
      const outcome = command.run(call);
      if (write && transaction.operations.length > 0) rememberReply(transaction, write, outcome);
      store.commit(transaction);
      return { outcome, durable: transaction.operations.length > 0 ? this.written(touched) : this.readable(touched) };
    } catch (error) {
      transaction.rollback(start);
      if (!(error instanceof CommandError)) throw error;
      return { outcome: error, durable: this.readable(touched) };
    }
  }

  private written(touched: ReadonlySet<Collection>): Promise<void> | undefined {
    const durable = this.engine.store.durable();
    if (durable) for (const collection of touched) this.unsynced.set(collection, durable);
    return durable;
  }

  // A reader must not act on what a crash could still take back.
  private async readable(touched: ReadonlySet<Collection>): Promise<void> {
    for (const collection of touched) await this.unsynced.get(collection);
  }
}

function refuseTransaction(args: Arguments): void {
  if (args.value('startTransaction') === undefined && args.value('autocommit') === undefined) return;
  if (args.fields.has('commitTransaction') || args.fields.has('abortTransaction')) return;
  throw new CommandError(263, 'the embedded server has no multi-document transactions; use MongoDB for them');
}

function finished(reply: Reply, request: Request): Reply {
  const result: Reply = new Map(reply);
  result.set('ok', new Double(1));
  const error = request.isLegacy ? undefined : writeConcernError(request.body);
  if (error) result.set('writeConcernError', error);
  for (const [name, value] of clusterTimes()) result.set(name, value);
  return result;
}

function writeConcernError(body: Document): Reply | undefined {
  const concern = body.get('writeConcern');
  const w = isDocument(concern) ? concern.get('w') : undefined;
  if (!isNumeric(w) || toNumber(w) <= 1) return undefined;
  return replyOf({ code: 100, codeName: 'UnsatisfiableWriteConcern', errmsg: 'Not enough data-bearing nodes' });
}

function failed(error: CommandError): Reply {
  const reply = replyOf({ ok: new Double(0), errmsg: error.message, code: error.code, codeName: error.codeName });
  for (const [name, value] of error.details ?? []) reply.set(name, value);
  for (const [name, value] of clusterTimes()) reply.set(name, value);
  return reply;
}

// A mistake of this server: said on stderr with its stack, told to the client without it.
function unexpected(error: unknown): CommandError {
  process.stderr.write(`embedded-mongo: ${error instanceof Error ? error.stack : String(error)}\n`);
  return new CommandError(1, `internal error: ${error instanceof Error ? error.message : String(error)}`);
}
