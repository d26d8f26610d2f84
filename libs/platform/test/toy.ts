import { Controller, Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { command, event, EventActor, Id, query, type Ctx, type DataOf, type ReceivedEvent, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection, type Aggregate } from '@matricula/kernel';
import { AggregateStore, Handles, job, Jobs, On, OnJob, ServiceUnavailable, StoreParts, type ServiceDefinition } from '@matricula/platform';

/** The smallest service there can be: a counter with a limit, that hears its own events and does a job. */
export const Bump = command('toy.bump', {
  summary: 'Add to a counter',
  request: z.strictObject({ counterId: Id, by: z.int().min(1).max(100), name: z.string().optional() }),
  reply: z.object({ id: Id, value: z.int(), version: z.int() }),
  access: { who: 'user', may: 'billing.charge', account: 'counterId' },
  idempotent: true,
});
export const Rename = command('toy.rename', {
  summary: 'Name a counter',
  request: z.strictObject({ counterId: Id, name: z.string() }),
  reply: z.object({ version: z.int() }),
  access: { who: 'user', may: 'billing.charge', account: 'counterId' },
  versioned: true,
});
export const Read = query('toy.read', {
  summary: 'Read a counter',
  request: z.strictObject({ counterId: Id }),
  reply: z.object({ value: z.int(), version: z.int() }),
  access: { who: 'user', may: 'billing.read', account: 'counterId' },
});
export const Dump = query('toy.dump', {
  summary: 'A reply of any size',
  request: z.strictObject({ bytes: z.int() }),
  reply: z.object({ text: z.string() }),
  access: { who: 'signed-in' },
});
export const Bumped = event('toy.counter.bumped.v1', { summary: 'A counter grew', data: z.object({ counterId: Id, by: z.int(), actor: EventActor }) });

interface Counter {
  readonly value: number;
  readonly name: string | null;
}
type CounterFact = { readonly type: 'CounterBumped'; readonly by: number; readonly key?: string } | { readonly type: 'CounterRenamed'; readonly name: string };

const counter: Aggregate<Counter, CounterFact> = {
  name: 'counter',
  evolve: (state = { value: 0, name: null }, fact) => (fact.type === 'CounterBumped' ? { ...state, value: state.value + fact.by } : { ...state, name: fact.name }),
};

const limit = 1_000;
export function bump(state: Counter | undefined, by: number, key?: string): readonly CounterFact[] {
  if ((state?.value ?? 0) + by > limit) throw new Rejection('class.full', { capacity: limit });
  return [{ type: 'CounterBumped', by, ...(key === undefined ? {} : { key }) }];
}

@Injectable()
export class CounterStore extends AggregateStore<Counter, CounterFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: counter,
      collection: 'counters',
      indexes: [{ name: 'by_name', keys: { name: 1 }, rejects: 'accounts.code-taken', where: { name: { $type: 'string' } } }],
      publish: (fact, _state, id) => (fact.type === 'CounterBumped' ? { contract: Bumped, data: { counterId: id, by: fact.by } } : undefined),
      record: (fact, ctx, id) => (fact.type === 'CounterBumped' && fact.key !== undefined ? { collection: 'bumps', document: { _id: `${ctx.tenantId}/${id}/${fact.key}`, tenantId: ctx.tenantId, by: fact.by } } : undefined),
      keyOf: (fact) => (fact.type === 'CounterBumped' ? fact.key : undefined),
    });
  }
}

export const tidyUp = job('tidy-up', { data: z.object({ counterId: Id }), attempts: 3, backoffMs: 20 });

/** What the reactions and jobs of this process have done, for the test to look at. */
@Injectable()
export class Seen {
  readonly events: string[] = [];
  readonly jobs: string[] = [];
  failEvents = 0;
  outage = false;
  failJobs = 0;
}

@Controller()
class CounterController {
  constructor(
    private readonly counters: CounterStore,
    private readonly seen: Seen,
    private readonly jobs: Jobs,
  ) {}

  @Handles(Bump)
  async bump(ctx: Ctx, body: RequestOf<typeof Bump>): Promise<ReplyOf<typeof Bump>> {
    const saved = await this.counters.change(ctx, body.counterId, (state) => bump(state, body.by));
    return { id: saved.id, value: saved.state.value, version: saved.version };
  }

  @Handles(Rename)
  async rename(ctx: Ctx, body: RequestOf<typeof Rename>): Promise<ReplyOf<typeof Rename>> {
    return this.counters.changeExisting(ctx, body.counterId, () => [{ type: 'CounterRenamed', name: body.name }]);
  }

  @Handles(Read)
  async read(ctx: Ctx, body: RequestOf<typeof Read>): Promise<ReplyOf<typeof Read>> {
    const { state, version } = await this.counters.get(ctx, body.counterId);
    return { value: state.value, version };
  }

  @Handles(Dump)
  async dump(_ctx: Ctx, { bytes }: RequestOf<typeof Dump>): Promise<ReplyOf<typeof Dump>> {
    return { text: 'x'.repeat(bytes) };
  }

  @On(Bumped)
  async bumped(ctx: Ctx, event: ReceivedEvent<DataOf<typeof Bumped>>): Promise<void> {
    if (this.seen.failEvents > 0) {
      this.seen.failEvents -= 1;
      throw this.seen.outage ? new ServiceUnavailable('elsewhere') : new Error('not now');
    }
    this.seen.events.push(event.id);
    await this.jobs.add(ctx, tidyUp, { key: event.id, data: { counterId: event.data.counterId } });
  }

  @OnJob(tidyUp)
  async tidy(_ctx: Ctx, data: { readonly counterId: string }): Promise<void> {
    if (this.seen.failJobs > 0) {
      this.seen.failJobs -= 1;
      throw new Error('not yet');
    }
    this.seen.jobs.push(data.counterId);
  }
}

@Module({ controllers: [CounterController], providers: [CounterStore, Seen] })
class ToyModule {}

export const toyService: ServiceDefinition = { name: 'toy', module: ToyModule, prepare: [CounterStore] };
