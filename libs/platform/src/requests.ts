import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Ctx, Procedure } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { sha256 } from './ids.js';
import { Database, isDuplicateKey } from './mongo.js';

/** How a request ended: what a repetition gets. */
export type Outcome = { readonly reply: unknown } | { readonly problem: { readonly code: string; readonly details: Record<string, unknown> } };

interface RequestDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly hash: string;
  /** Which run holds the key: one that was overtaken writes nothing. */
  readonly owner: string;
  readonly lockedUntil: Date;
  readonly outcome?: Outcome;
  readonly createdAt: Date;
}

const lockMs = 10_000;
const keepSeconds = 7 * 24 * 3_600;

/**
 * Idempotency keys: the first request with a key runs, repetitions get its stored answer. A request whose
 * process died may run again after 10 s; commands derive their ids from the key, so it finds what it made.
 * Source: domain.md conventions; IETF draft idempotency-key-header.
 */
@Injectable()
export class Requests {
  constructor(private readonly database: Database) {}

  async prepare(): Promise<void> {
    await this.collection().createIndex({ createdAt: 1 }, { name: 'expiry', expireAfterSeconds: keepSeconds });
  }

  private collection() {
    return this.database.collection<RequestDocument>('requests');
  }

  /** Runs `work` once per key. Rejects `idempotency.key-reused` (other body) and `idempotency.in-progress`. */
  async once(ctx: Ctx, procedure: Procedure, body: unknown, work: () => Promise<Outcome>): Promise<Outcome> {
    const caller = ctx.actor.type === 'user' || ctx.actor.type === 'service' ? ctx.actor.id : ctx.actor.type;
    const _id = `${ctx.tenantId}/${sha256([caller, procedure.name, ctx.idempotencyKey].join('\n'))}`;
    const hash = sha256(canonical(body));
    const owner = randomUUID();
    const mine = { _id, tenantId: ctx.tenantId, owner, outcome: { $exists: false } };
    const earlier = await this.claim({ _id, tenantId: ctx.tenantId, hash, owner });
    if (earlier) return earlier;
    try {
      const outcome = await work();
      const stored = await this.collection().updateOne(mine, { $set: { outcome } });
      if (stored.matchedCount === 1) return outcome;
      // overtaken: what the other run answered is the answer
      return (await this.collection().findOne({ _id, tenantId: ctx.tenantId }))?.outcome ?? outcome;
    } catch (error) {
      // outcome unknown: let a repetition in at once
      await this.collection().updateOne(mine, { $set: { lockedUntil: new Date(0) } });
      throw error;
    }
  }

  /** Takes the key, or returns how the earlier request ended. */
  private async claim(claim: Pick<RequestDocument, '_id' | 'tenantId' | 'hash' | 'owner'>): Promise<Outcome | undefined> {
    const { _id, tenantId, hash, owner } = claim;
    const now = new Date();
    const lockedUntil = new Date(now.getTime() + lockMs);
    try {
      await this.collection().insertOne({ ...claim, lockedUntil, createdAt: now });
      return undefined;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const earlier = await this.collection().findOne({ _id, tenantId });
    if (earlier && earlier.hash !== hash) throw new Rejection('idempotency.key-reused');
    if (earlier?.outcome) return earlier.outcome;
    const taken = await this.collection().updateOne({ _id, tenantId, outcome: { $exists: false }, lockedUntil: { $lte: now } }, { $set: { lockedUntil, owner } });
    if (taken.matchedCount === 1) return undefined;
    throw new Rejection('idempotency.in-progress');
  }
}

/** The same text for the same JSON value, whatever the order of its keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner));
}
