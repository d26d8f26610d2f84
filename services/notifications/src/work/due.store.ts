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
}
export interface Round {
  /** The last tenant of the round before; '' begins with the first. */
  readonly after: string;
  readonly tenants: number;
  readonly perTenant: number;
}

/** Aggregates that are tried until they are done: found by when they are due, begun by one at a time. */
export abstract class DueStore<S extends Work, F extends Fact> extends AggregateStore<S, F> {
  override async prepare(): Promise<void> {
    await this.documents.createIndex({ tenantId: 1, 'state.dueAt': 1 }, { name: 'due_by_tenant', partialFilterExpression: { 'state.dueAt': { $exists: true } } });
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

  /**
   * Work that was due before an instant: of each tenant the oldest few, so that no tenant's backlog hides the others.
   * Tenants come in the order of their ids; `sweptTo` is where the next round goes on.
   */
  async overdue(before: string, { after, tenants, perTenant }: Round): Promise<{ readonly overdue: readonly Overdue[]; readonly sweptTo: string }> {
    const due = { 'state.dueAt': { $lt: before } };
    const overdue: Overdue[] = [];
    let sweptTo = after;
    for (let n = 0; n < tenants; n += 1) {
      const [next] = await this.documents.find({ tenantId: { $gt: sweptTo }, ...due } as never, { projection: { tenantId: 1 }, sort: { tenantId: 1 }, limit: 1 }).toArray();
      if (!next) return { overdue, sweptTo: '' };
      sweptTo = next.tenantId;
      const oldest = await this.documents.find({ tenantId: sweptTo, ...due } as never, { projection: { tenantId: 1, id: 1 }, sort: { 'state.dueAt': 1 }, limit: perTenant }).toArray();
      overdue.push(...oldest.map(({ tenantId, id }) => ({ tenantId, id })));
    }
    return { overdue, sweptTo };
  }
}
