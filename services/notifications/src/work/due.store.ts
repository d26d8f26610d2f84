import type { Ctx } from '@matricula/contracts';
import type { Fact } from '@matricula/kernel';
import { AggregateStore, type Stored } from '@matricula/platform';
import type { Attempts } from '../domain/attempts.js';

interface Work extends Attempts {
  readonly correlationId: string;
}
/** Open work that nobody has begun in time. */
export interface Overdue {
  readonly tenantId: string;
  readonly id: string;
  readonly attempts: number;
  readonly correlationId: string;
}

/** Aggregates that are tried until they are done: found by when they are due, begun by one at a time. */
export abstract class DueStore<S extends Work, F extends Fact> extends AggregateStore<S, F> {
  override async prepare(): Promise<void> {
    // across tenants: the one question that is nobody's in particular
    await this.documents.createIndex({ 'state.dueAt': 1 }, { name: 'due', partialFilterExpression: { 'state.dueAt': { $exists: true } } });
    await super.prepare();
  }

  /** Begins an attempt; undefined when the work is done, not due yet or under way elsewhere. */
  async begin(ctx: Ctx, id: string, decide: (state: S) => readonly F[]): Promise<Stored<S> | undefined> {
    let mine = false;
    const stored = await this.changeExisting(ctx, id, (state) => {
      const facts = decide(state);
      mine = facts.length > 0;
      return facts;
    });
    return mine ? stored : undefined;
  }

  /** Work of every tenant that was due before an instant, the oldest first. */
  async overdue(before: string, limit: number): Promise<readonly Overdue[]> {
    const found = await this.documents.find({ 'state.dueAt': { $lt: before } } as never, { projection: { tenantId: 1, id: 1, 'state.attempts': 1, 'state.correlationId': 1 }, sort: { 'state.dueAt': 1 }, limit }).toArray();
    return found.map(({ tenantId, id, state }) => ({ tenantId, id, attempts: state.attempts, correlationId: state.correlationId }));
  }
}
