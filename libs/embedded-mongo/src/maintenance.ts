import type { Collection, Index } from './catalog/collection.js';
import { removeRecord } from './catalog/records.js';
import type { Engine } from './commands/command.js';
import { Deadline } from './deadline.js';
import type { Filter } from './query/filter.js';
import { search } from './query/search.js';
import { forgetIdleSessions } from './sessions.js';

/** So many documents are removed in one turn, so that clients get theirs in between. */
const batch = 1_000;

/** What has to happen without anybody asking: documents expire, idle cursors and sessions go. */
export class Maintenance {
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly engine: Engine, intervalMs: number) {
    this.timer = setInterval(() => this.run(), intervalMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private run(): void {
    const { store, cursors } = this.engine;
    cursors.closeIdle(Date.now());
    const transaction = store.begin();
    forgetIdleSessions(transaction, new Date());
    store.commit(transaction);
    this.expire();
  }

  private expire(): void {
    for (const collection of this.engine.catalog.list()) {
      for (const index of collection.indexes) {
        if (index.definition.expireAfterSeconds === undefined) continue;
        if (this.expireOf(collection, index) < batch) continue;
        setImmediate(() => this.expire()); // there is more; go on when others have had their turn
        return;
      }
    }
  }

  // An array expires by its earliest date, which is how the index finds it; other types than dates never do.
  private expireOf(collection: Collection, index: Index): number {
    const { store } = this.engine;
    const { expireAfterSeconds = 0, fields, partial } = index.definition;
    const before = new Date(Date.now() - expireAfterSeconds * 1000);
    const expired: Filter = { kind: 'field', path: fields[0]?.path ?? '', test: { op: 'lte', value: before } };
    const filter: Filter = partial ? { kind: 'and', parts: [expired, partial.filter] } : expired;
    const context = { reader: store, collection, deadline: new Deadline(0) };
    const found = [...search(context, { filter, limit: batch, hint: index.definition.name })];
    const transaction = store.begin();
    for (const record of found) removeRecord(transaction, collection, record);
    store.commit(transaction);
    return found.length;
  }
}
