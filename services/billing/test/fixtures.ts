import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { AccountCreated, GetBillingAccount, GetInvoice, ChargeAccount, IssueInvoice, ListLedger, Pay, ProveLedger, ReceiveGatewayEvent, SavePaymentMethod, type Actor, type CallContext, type Charge, type Ctx, type Invoice, type LedgerEntry, type Payment, type Procedure, type ReplyOf, type RequestInputOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { newId, openService, type RunningService } from '@matricula/platform';
import { anonymousActor, callContext, newKey, poll, publishEvent, startStack, TestBus, type Stack } from '@matricula/testing';
import { billingService } from '../src/billing.module.js';
import { cad } from './moment.js';

export const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

/** A webhook as the sandbox gateway sent it. */
export type Webhook = RequestOf<typeof ReceiveGatewayEvent>;

/** The billing service on a real stack, with a door for its sandbox's webhooks as the gateway has one. */
export class World {
  readonly webhooks: Webhook[] = [];
  /** Webhooks are let in; else they are answered 503, as when the platform is down. */
  doorOpen = true;
  private readonly services: RunningService[] = [];

  private constructor(
    readonly stack: Stack,
    readonly test: TestBus,
    private readonly door: Server,
  ) {}

  static async open(): Promise<World> {
    const stack = await startStack();
    const test = await TestBus.open(stack.natsUrl);
    const door = createServer();
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    const world = new World(stack, test, door);
    door.on('request', (request: IncomingMessage, response) => {
      world.letIn(request).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(500).end(),
      );
    });
    return world;
  }

  async openService(): Promise<RunningService> {
    const address = this.door.address();
    if (address === null || typeof address === 'string') throw new Error('the door has no port');
    const service = await openService(billingService, { ...this.stack.env, SANDBOX_WEBHOOK_SECRET: secret, PUBLIC_URL: `http://127.0.0.1:${address.port}/` });
    this.services.push(service);
    return service;
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map((s) => s.close()));
    await this.test.close();
    this.door.closeAllConnections();
    this.door.close();
    await this.stack.stop();
  }

  private async letIn(request: IncomingMessage): Promise<number> {
    const body = (await request.toArray()).map(String).join('');
    const tenantId = /^\/v1\/providers\/([a-z0-9-]+)\/gateway-events\/sandbox$/.exec(request.url ?? '')?.[1];
    if (!this.doorOpen) return 503;
    if (tenantId === undefined || request.method !== 'POST') return 404;
    const header = (name: string): string => String(request.headers[name] ?? '');
    const webhook = { body, webhookId: header('webhook-id'), webhookTimestamp: header('webhook-timestamp'), webhookSignature: header('webhook-signature') };
    await this.deliver(webhook, tenantId);
    this.webhooks.push(webhook);
    return 200;
  }

  deliver(webhook: Webhook, tenantId = 'harbour'): Promise<ReplyOf<typeof ReceiveGatewayEvent>> {
    return this.test.rpc.call(ReceiveGatewayEvent, callContext({ tenantId, actor: anonymousActor }), webhook);
  }

  /** Webhooks that arrived about a payment. */
  about(paymentId: string): readonly Webhook[] {
    return this.webhooks.filter((w) => w.body.includes(paymentId));
  }

  call<P extends Procedure>(procedure: P, body: RequestInputOf<P>, over: Partial<CallContext> = {}): Promise<ReplyOf<P>> {
    return this.test.rpc.call(procedure, callContext({ idempotencyKey: procedure.idempotent ? newKey() : undefined, ...over }), body);
  }

  /** As another service asks. */
  ask<P extends Procedure>(procedure: P, body: RequestInputOf<P>): Promise<ReplyOf<P>> {
    return this.call(procedure, body, { actor: { type: 'service', id: 'enrollment' } });
  }

  invoice(accountId: string, invoiceId: string): Promise<Invoice> {
    return this.call(GetInvoice, { accountId, invoiceId });
  }

  /** An account that accounts has told of. */
  async account(over: Partial<CallContext> = {}): Promise<string> {
    const accountId = newId('acc');
    await publishEvent(this.test, AccountCreated, { accountId, kind: 'family', status: 'enabled', currency: 'CAD', actor: { type: 'user', id: 'usr_staff' } }, over.tenantId === undefined ? {} : { tenantid: over.tenantId });
    await poll(`billing account ${accountId}`, () => this.call(GetBillingAccount, { accountId }, over).catch(only('billing.account-unknown')));
    return accountId;
  }

  charge(accountId: string, amount: number, over: Partial<CallContext> = {}): Promise<Charge> {
    return this.call(ChargeAccount, { accountId, amount: cad(amount), description: 'Recital costume' }, over);
  }

  issue(accountId: string, over: Partial<CallContext> = {}): Promise<Invoice> {
    return this.call(IssueInvoice, { accountId }, over);
  }

  async method(accountId: string, token = 'tok_visa'): Promise<string> {
    return (await this.call(SavePaymentMethod, { accountId, token })).id;
  }

  pay(accountId: string, methodId: string, amount?: number, over: Partial<CallContext> = {}): Promise<Payment> {
    return this.call(Pay, { accountId, methodId, ...(amount === undefined ? {} : { amount: cad(amount) }) }, over);
  }

  get(accountId: string): Promise<ReplyOf<typeof GetBillingAccount>> {
    return this.call(GetBillingAccount, { accountId });
  }

  async ledger(accountId: string): Promise<readonly LedgerEntry[]> {
    return (await this.call(ListLedger, { accountId, limit: 100 })).items;
  }

  prove(accountId: string): Promise<ReplyOf<typeof ProveLedger>> {
    return this.call(ProveLedger, { accountId });
  }
}

/** For polling: this refusal means "not yet", any other error is one. */
export function only(code: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Rejection && error.code === code) return undefined;
    throw error;
  };
}

/** The refusal that a call ends with. */
export async function refusal(call: Promise<unknown>): Promise<{ readonly code: string; readonly details: Readonly<Record<string, unknown>> }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Rejection) return { code: error.code, details: error.details };
    throw error;
  }
  throw new Error('it was not refused');
}

/** As a caller does it: what was busy is sent again with the same key, at most ten times. */
export async function repeated<T>(call: (idempotencyKey: string) => Promise<T>): Promise<T> {
  const key = newKey();
  for (let attempt = 1; attempt < 10; attempt += 1) {
    const answer = await call(key).catch(only('conflict.busy'));
    if (answer !== undefined) return answer;
  }
  return call(key);
}

/** What came of calls made at once: replies, and how many refusals of each code. */
export async function race<T>(calls: readonly (() => Promise<T>)[]): Promise<{ readonly won: readonly T[]; readonly codes: Readonly<Record<string, number>> }> {
  const outcomes = await Promise.allSettled(calls.map((call) => call()));
  const codes: Record<string, number> = {};
  const won: T[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') won.push(outcome.value);
    else if (outcome.reason instanceof Rejection) codes[outcome.reason.code] = (codes[outcome.reason.code] ?? 0) + 1;
    else throw outcome.reason;
  }
  return { won, codes };
}

/** A background context at a moment, as a process that has died since would have had. */
export const workingAt = (now: string, actor: Actor = { type: 'service', id: 'billing' }): Ctx => ({ ...callContext({ actor }), now });
