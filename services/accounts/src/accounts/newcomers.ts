import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CLOCK, newId, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import { discardPerson } from '../domain/person.js';
import { AccountStore } from './account.store.js';
import { PersonStore } from './person.store.js';

interface NewcomersDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly personIds: readonly string[];
  readonly since: Date;
}

const limits = { sweepMs: 60_000, batch: 100, abandonedMs: 3_600_000 };

/**
 * People who are written and whose place in an account is not yet. Noted before, struck out after: whoever is still
 * noted an hour later lost the process that was placing them, and is forgotten unless the account has them.
 */
@Injectable()
export class Newcomers implements Prepared {
  private readonly sweeping: Sweep;

  constructor(
    private readonly parts: StoreParts,
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.sweeping = new Sweep('newcomers', limits.sweepMs, () => this.forgetAbandoned(new Date()), parts.logger);
  }

  private collection() {
    return this.parts.database.collection<NewcomersDocument>('newcomers');
  }

  async prepare(): Promise<void> {
    await this.collection().createIndex({ since: 1 }, { name: 'since' });
    this.sweeping.start();
  }

  async stop(): Promise<void> {
    await this.sweeping.stop();
  }

  async arrive(ctx: Ctx, accountId: string, personIds: readonly string[]): Promise<void> {
    if (personIds.length === 0) return;
    const { tenantId } = ctx;
    await this.collection().updateOne({ _id: noteOf(tenantId, personIds), tenantId }, { $set: { accountId, personIds, since: new Date() } }, { upsert: true });
  }

  /** Their account has them. */
  async placed(ctx: Ctx, personIds: readonly string[]): Promise<void> {
    if (personIds.length > 0) await this.collection().deleteOne({ _id: noteOf(ctx.tenantId, personIds), tenantId: ctx.tenantId });
  }

  /** Their place was refused: forgets them, unless a twin of this request got the place. */
  async refused(ctx: Ctx, accountId: string, personIds: readonly string[], before?: string): Promise<void> {
    const account = await this.accounts.find(ctx, accountId);
    const homeless = personIds.filter((id) => account?.state.members.some((m) => m.personId === id) !== true);
    for (const id of homeless) {
      if (await this.people.find(ctx, id)) await this.people.change(ctx, id, (state) => discardPerson(state, before));
    }
    await this.placed(ctx, personIds);
  }

  /** One round of the sweep; `now` is real time. */
  async forgetAbandoned(now: Date): Promise<void> {
    const before = new Date(now.getTime() - limits.abandonedMs);
    const abandoned = await this.collection().find({ since: { $lt: before } }, { sort: { since: 1 }, limit: limits.batch }).toArray();
    for (const { tenantId, accountId, personIds } of abandoned) {
      const ctx: Ctx = { tenantId, actor: { type: 'service', id: 'accounts' }, correlationId: newId('cor'), now: this.clock.now(tenantId) };
      await this.refused(ctx, accountId, personIds, before.toISOString());
    }
  }
}

const noteOf = (tenantId: string, personIds: readonly string[]): string => `${tenantId}/${personIds[0]}`;
