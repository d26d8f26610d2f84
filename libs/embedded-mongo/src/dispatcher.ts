import { namesOf } from './aggregation/expression-parser.js';
import { type Document, Double, isDocument, isNumeric, type Reply, replyOf, toNumber } from './bson/value.js';
import type { Collection } from './catalog/collection.js';
import { count, object, required, text } from './commands/arguments.js';
import { type Call, type Command, type Engine, nameOf } from './commands/command.js';
import { explainCommand } from './commands/explain.js';
import { readCommands } from './commands/reads.js';
import { schemaCommands } from './commands/schema.js';
import { clusterTimes, serverCommands } from './commands/server-commands.js';
import { writeCommands } from './commands/writes.js';
import { Deadline } from './deadline.js';
import { CommandError } from './errors.js';
import { RetryableWrite } from './sessions.js';
import type { Request } from './wire/message.js';

const commands: ReadonlyMap<string, Command> = new Map(Object.entries({
  ...serverCommands, ...schemaCommands, ...readCommands, ...writeCommands, explain: explainCommand((name) => commands.get(name)),
}));

/** What a command came to, and what has to be on disk before anybody is told. */
interface Execution {
  readonly outcome: Reply | CommandError;
  readonly durable: Promise<void> | undefined;
}

/** Turns requests into replies: finds the command, runs it in one turn, and answers when its changes are on disk. */
export class Dispatcher {
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

  private execute({ body, sequences }: Request): Execution {
    const { store, catalog } = this.engine;
    const command = commands.get(nameOf(body));
    if (!command) throw new CommandError(59, `no such command: '${nameOf(body)}'`);
    const database = required(text)(body.get('$db'), '$db', undefined);
    refuseTransaction(body);
    const touched = new Set<Collection>();
    const transaction = store.begin();
    const deadline = new Deadline(count(body.get('maxTimeMS'), 'maxTimeMS', undefined) ?? 0);
    const call: Call = {
      engine: this.engine, database, body, sequences, transaction, connectionId: this.connectionId,
      deadline, names: namesOf(deadline, object(body.get('let'), 'let', undefined)),
      retry: command.retryable ? RetryableWrite.of(store, body) : undefined,
      collection: (name, otherDatabase) => {
        const collection = catalog.find(otherDatabase ?? database, name);
        if (collection) touched.add(collection);
        return collection;
      },
    };
    return this.run(command, call, touched);
  }

  private run(command: Command, call: Call, touched: ReadonlySet<Collection>): Execution {
    const { transaction, retry } = call;
    const start = transaction.savepoint();
    try {
      const reply = command.run(call);
      retry?.save(transaction);
      this.engine.store.commit(transaction);
      const outcome = retry && retry.retried.length > 0 ? new Map([...reply, ...replyOf({ retriedStmtIds: retry.retried })]) : reply;
      return { outcome, durable: transaction.operations.length > 0 || retry ? this.written(touched) : readable(touched) };
    } catch (error) {
      transaction.rollback(start);
      if (!(error instanceof CommandError)) throw error;
      return { outcome: error, durable: readable(touched) };
    }
  }

  private written(touched: ReadonlySet<Collection>): Promise<void> | undefined {
    const durable = this.engine.store.durable();
    for (const collection of touched) collection.unsynced = durable;
    return durable;
  }
}

// A reader must not act on what a crash could still take back.
async function readable(touched: ReadonlySet<Collection>): Promise<void> {
  for (const collection of touched) await collection.unsynced;
}

function refuseTransaction(body: Document): void {
  if (!body.has('startTransaction') && !body.has('autocommit')) return;
  if (body.has('commitTransaction') || body.has('abortTransaction')) return;
  throw new CommandError(263, 'the embedded server has no multi-document transactions; use MongoDB for them');
}

function finished(reply: Reply, request: Request): Reply {
  const error = request.isLegacy ? undefined : writeConcernError(request.body);
  return new Map([...reply, ['ok', new Double(1)], ...(error ? [['writeConcernError', error] as const] : []), ...clusterTimes()]);
}

function writeConcernError(body: Document): Reply | undefined {
  const concern = body.get('writeConcern');
  const w = isDocument(concern) ? concern.get('w') : undefined;
  if (!isNumeric(w) || toNumber(w) <= 1) return undefined;
  return replyOf({ code: 100, codeName: 'UnsatisfiableWriteConcern', errmsg: 'Not enough data-bearing nodes' });
}

function failed({ message, code, codeName, details }: CommandError): Reply {
  return new Map([...replyOf({ ok: new Double(0), errmsg: message, code, codeName }), ...(details ?? []), ...clusterTimes()]);
}

// A mistake of this server: said on stderr with its stack, told to the client without it.
function unexpected(error: unknown): CommandError {
  process.stderr.write(`embedded-mongo: ${error instanceof Error ? error.stack : String(error)}\n`);
  return new CommandError(1, `internal error: ${error instanceof Error ? error.message : String(error)}`);
}
