import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EJSON } from 'bson';
import { type Db, type Document, MongoClient, MongoServerError } from 'mongodb';
import { type EmbeddedMongo, start } from '../../src/index.js';

/** What a test asks, and what MongoDB answers: a value, or the code of its refusal. */
export type Case = readonly [question: unknown, answer: unknown];
export const refusedWith = (code: number): { readonly code: number } => ({ code });
export const missing = Symbol('no such field');

const isRefusal = (answer: unknown): answer is { readonly code: number } => typeof answer === 'object' && answer !== null && Object.keys(answer).join() === 'code';

/** With every type written out: an Int32 1 is not a Double 1. */
export function typed(value: unknown): string {
  return value === missing ? 'missing' : EJSON.stringify({ value }, { relaxed: false });
}

/** A server in memory with a database, for one file of tests. */
export class Wire {
  private server: EmbeddedMongo | undefined;
  private client: MongoClient | undefined;

  constructor() {
    beforeAll(async () => {
      this.server = await start({ memory: true });
      this.client = await new MongoClient(this.server.uri, { promoteValues: false }).connect();
    });
    afterAll(async () => {
      await this.client?.close();
      await this.server?.stop();
    });
  }

  get db(): Db {
    if (!this.client) throw new Error('the server is not up');
    return this.client.db('conformance');
  }

  /** Fills a collection anew. */
  async fill(name: string, documents: readonly object[]): Promise<void> {
    await this.db.collection(name).deleteMany({});
    if (documents.length > 0) await this.db.collection(name).insertMany(documents.map((document) => ({ ...document })));
  }

  aggregate(name: string, pipeline: readonly object[], options: object = {}): Promise<Document[]> {
    return this.db.collection(name).aggregate([...pipeline], options).toArray();
  }

  /** The value of an expression for a document. */
  async evaluate(expression: unknown, document: object = {}): Promise<unknown> {
    await this.fill('one', [document]);
    const [found] = await this.aggregate('one', [{ $replaceWith: { kept: 1, value: expression } }]);
    return found && 'value' in found ? found.value : missing;
  }

  /** One test for each expression. */
  expressions(document: object, cases: readonly Case[]): void {
    it.each(cases.map(([question, answer]) => ({ title: EJSON.stringify({ question }).slice(13, -1), question, answer })))('$title', async ({ question, answer }) => {
      await answers(this.evaluate(question, document), answer);
    });
  }

  /** One test for each pipeline over some documents. */
  pipelines(documents: readonly object[], cases: readonly (readonly [pipeline: readonly object[], answer: unknown])[]): void {
    it.each(cases.map(([pipeline, answer]) => ({ title: EJSON.stringify(pipeline), pipeline, answer })))('$title', async ({ pipeline, answer }) => {
      await this.fill('many', documents);
      await answers(this.aggregate('many', pipeline), answer);
    });
  }
}

/** Checks an answer with all types, or the code of a refusal. */
export async function answers(asked: Promise<unknown>, answer: unknown): Promise<void> {
  const given = await asked.catch((error: unknown) => error);
  if (isRefusal(answer)) expect(given instanceof MongoServerError ? Number(given.code) : given).toBe(answer.code);
  else if (given instanceof Error) throw given;
  else expect(typed(given)).toBe(typed(answer));
}
