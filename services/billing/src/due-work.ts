import type { AggregateDocument, Collection } from '@matricula/platform';

/** From the second failure on twice as long each time. */
const firstMs = 1_000;
const longestMs = 300_000;

/** How long work that has failed so often waits for its next attempt. */
export const delayAfter = (failures: number): number => Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));

interface Tried<S> extends AggregateDocument<S> {
  /** Beside the state: that it was tried changes nothing about the aggregate. By the machine's clock. */
  readonly retry?: { readonly at: Date; readonly failures: number };
}

/** Something that somebody has begun and not finished. */
export interface Unfinished<S> {
  readonly _id: string;
  readonly tenantId: string;
  readonly state: S;
  readonly failures: number;
}

/** The unfinished work in a collection: what could not be finished is due again later and later, so that it never stands before the rest. */
export class DueWork<S> {
  private readonly documents: Collection<Tried<S>>;

  /** `since`: the field that is present until the work is finished. */
  constructor(
    documents: Collection<AggregateDocument<S>>,
    private readonly since: string,
  ) {
    this.documents = documents;
  }

  async prepare(): Promise<void> {
    await this.documents.createIndex({ 'retry.at': 1 }, { name: 'due', partialFilterExpression: { [this.since]: { $exists: true } } });
  }

  /** Of every tenant, as much as there is: first what was never tried, then what waits longest. */
  async *due(filter: Readonly<Record<string, unknown>> = {}): AsyncGenerator<Unfinished<S>> {
    const found = this.documents.find({ ...filter, [this.since]: { $exists: true }, 'retry.at': { $not: { $gt: new Date() } } } as never, { projection: { outbox: 0 }, sort: { 'retry.at': 1 }, batchSize: 100 });
    for await (const { _id, tenantId, state, retry } of found) yield { _id, tenantId, state, failures: retry?.failures ?? 0 };
  }

  /** Not finished: another attempt later. */
  async postpone({ _id, failures }: Unfinished<S>): Promise<void> {
    const retry = { at: new Date(Date.now() + delayAfter(failures + 1)), failures: failures + 1 };
    await this.documents.updateOne({ _id }, { $set: { retry } });
  }

  /** Finished; what the same aggregate has to do next begins anew. */
  async finished({ _id, failures }: Unfinished<S>): Promise<void> {
    if (failures > 0) await this.documents.updateOne({ _id }, { $unset: { retry: 1 } });
  }
}
