import type { Fact, Instant } from '@matricula/kernel';
import { AggregateStore, type Stored } from '@matricula/platform';

/** An aggregate of some tenant whose work is due to go on. */
export interface Unfinished<S> extends Stored<S> {
  readonly tenantId: string;
}

/** A store of aggregates that may have work ahead of them: `nextAttemptAt` says when it is due. */
export class UnfinishedStore<S extends { readonly nextAttemptAt?: Instant }, F extends Fact> extends AggregateStore<S, F> {
  override async prepare(): Promise<void> {
    await this.documents.createIndex({ 'state.nextAttemptAt': 1 }, { name: 'unfinished', partialFilterExpression: { 'state.nextAttemptAt': { $exists: true } } });
    await super.prepare();
  }

  /** What is due, longest overdue first, whichever tenant it belongs to. */
  async due(machineNow: Instant, limit: number): Promise<readonly Unfinished<S>[]> {
    const found = await this.documents.find({ 'state.nextAttemptAt': { $lte: machineNow } } as never, { projection: { outbox: 0 }, sort: { 'state.nextAttemptAt': 1 }, limit }).toArray();
    return found.map((d) => ({ tenantId: d.tenantId, id: d.id, version: d.version, state: d.state }));
  }
}
