import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import mongoose, { type Connection, type mongo } from 'mongoose';

export type Collection<D extends mongo.Document> = mongo.Collection<D>;

/** The service's own database. Collections are native: `Model.create` costs four to five times as much. */
@Injectable()
export class Database implements OnApplicationShutdown {
  private constructor(private readonly connection: Connection) {}

  /** Connects with write concern majority, journaled: an acknowledged write is durable. */
  static async open(uri: string, name: string): Promise<Database> {
    const options = {
      dbName: name,
      appName: name,
      maxPoolSize: 20,
      serverSelectionTimeoutMS: 3_500,
      // a store that hangs must not hold a step open for longer than others wait before they take it over
      socketTimeoutMS: 10_000,
      readPreference: 'primary',
      writeConcern: { w: 'majority', j: true },
      readConcern: { level: 'majority' },
      ignoreUndefined: true,
    } as const;
    // the store may come up after us: keep trying, readiness says so meanwhile
    for (;;) {
      const connection = mongoose.createConnection(uri, options);
      try {
        await connection.asPromise();
        return new Database(connection);
      } catch (error) {
        if (!(error instanceof mongoose.Error.MongooseServerSelectionError)) throw error;
        await connection.destroy();
      }
    }
  }

  collection<D extends mongo.Document>(name: string): Collection<D> {
    return this.connection.collection<D>(name);
  }

  /** A round trip to the store; rejects when it does not answer. */
  async ping(): Promise<void> {
    await this.connection.db?.admin().ping();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}

/** A unique index said no; `index` is its name ('_id_' for the key itself). */
export function isDuplicateKey(error: unknown): error is mongo.MongoServerError {
  return error instanceof mongoose.mongo.MongoServerError && error.code === 11_000;
}

/** The name of the unique index that refused, from the server's message. */
export function duplicateIndex(error: mongo.MongoServerError): string {
  return /index: (\S+) dup key/.exec(error.message)?.[1] ?? '_id_';
}

/** The unique indexes that refused rows of a bulk write, by the row's place in it; throws when something else went wrong with one. */
export function duplicateIndexesByRow(error: mongo.MongoServerError): ReadonlyMap<number, string> {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return new Map([[0, duplicateIndex(error)]]);
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  if (errors.some((each) => each.code !== 11_000)) throw error;
  return new Map(errors.map((each) => [each.index, /index: (\S+) dup key/.exec(each.errmsg ?? '')?.[1] ?? '_id_']));
}

/** The store is not there right now; nothing can be said about the last write. */
export function isStoreUnavailable(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoNetworkError || error instanceof mongoose.mongo.MongoServerSelectionError || error instanceof mongoose.mongo.MongoNotConnectedError;
}
