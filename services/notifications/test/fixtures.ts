import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { EnrolmentConfirmed, GetEnrolment, GetInvitationMail, GetInvoice, GetMailContacts, GetPayment, InvitationSent, InvoiceFinalized, InvoicePaid, ListMakeupTokens, ListMessages, ListWebhookDeliveries, MakeupTokenIssued, PaymentFailed, ReadDevelopmentInbox, RegisterWebhookEndpoint, type DataOf, type InboxMail, type Message, type ReplyOf, type WebhookDelivery } from '@matricula/contracts';
import type { Readable } from 'node:stream';
import { Rejection } from '@matricula/kernel';
import { openService, type Clock, type RunningService } from '@matricula/platform';
import { callContext, newKey, poll, publishEvent, type Stack, type TestBus } from '@matricula/testing';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { notificationsService } from '../src/notifications.module.js';

/** Real time that a test moves ahead. */
export class ShiftedClock implements Clock {
  private aheadMs = 0;
  now(): string {
    return new Date(Date.now() + this.aheadMs).toISOString();
  }
  moveBy(spanMs: number): void {
    this.aheadMs += spanMs;
  }
}

const endpointKey = randomBytes(32).toString('base64');
export const settings = (stack: Stack, over: Record<string, string | undefined> = {}) => ({
  ...stack.env,
  MAIL_FROM: 'Matricula <no-reply@matricula.test>',
  PUBLIC_URL: 'http://127.0.0.1:3000/',
  ENDPOINT_SECRET_KEY: endpointKey,
  WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
  SWEEP_EVERY_MS: '100',
  LEASE_MS: '5000',
  MAIL_LEASE_MS: '5000',
  ...over,
});
export const openNotifications = (stack: Stack, over: Record<string, string | undefined> = {}, clock?: Clock): Promise<RunningService> => openService(notificationsService, settings(stack, over), clock);

export const cad = (amount: number) => ({ amount, currency: 'CAD' });
const actor = { type: 'user', id: 'usr_1' };
const days = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString();

/** What the other services know; a test changes it, or takes a service away. */
export class Neighbours {
  contacts: ReplyOf<typeof GetMailContacts>['contacts'] = [
    { personId: 'per_ada', name: 'Ada Okafor', email: 'ada@okafor.test', role: 'primary_guardian' },
    { personId: 'per_ben', name: 'Ben Okafor', email: 'ben@okafor.test', role: 'secondary_guardian' },
    { personId: 'per_chidi', name: 'Chidi Okafor', email: 'Ada@Okafor.test', role: 'learner' },
  ];
  readonly invitations = new Map<string, ReplyOf<typeof GetInvitationMail>>();
  readonly invoices = new Map<string, ReplyOf<typeof GetInvoice>>();
  private readonly present = new Map<string, () => void>();

  constructor(private readonly test: TestBus) {
    this.come('accounts', 'billing', 'identity', 'enrollment');
  }

  come(...services: readonly ('accounts' | 'billing' | 'identity' | 'enrollment')[]): void {
    for (const service of services) this.present.set(service, this[service]());
  }

  async leave(service: 'accounts' | 'billing' | 'identity' | 'enrollment'): Promise<void> {
    this.present.get(service)?.();
    await this.test.bus.connection.flush();
  }

  private accounts(): () => void {
    const people = [{ personId: 'per_chidi', name: 'Chidi Okafor' }, ...this.contacts.map(({ personId, name }) => ({ personId, name }))];
    return this.test.answer(GetMailContacts, () => ({ accountName: 'Okafor', providerName: 'Harbour Arts & Sports', timeZone: 'America/Toronto', contacts: this.contacts, people }));
  }
  private identity(): () => void {
    return this.test.answer(GetInvitationMail, ({ invitationId }) => known(this.invitations.get(invitationId), 'invitation.not-found'));
  }
  private billing(): () => void {
    const invoices = this.test.answer(GetInvoice, ({ invoiceId }) => known(this.invoices.get(invoiceId), 'resource.not-found'));
    const payments = this.test.answer(GetPayment, ({ paymentId, accountId }) => ({ id: paymentId, accountId, amount: cad(6_500), state: 'failed' as const, methodId: 'pm_1', nextAction: null, failureReason: 'insufficient_funds', initiatedAt: days(0), settledAt: null }));
    return () => {
      invoices();
      payments();
    };
  }
  private enrollment(): () => void {
    const enrolments = this.test.answer(GetEnrolment, ({ enrolmentId, accountId }) => ({ id: enrolmentId, accountId, learnerId: 'per_chidi', classId: 'cls_1', classTitle: 'Swim 1', state: 'confirmed' as const, fee: cad(6_500), chargeId: 'chg_1', declineReason: null, dates: ['2026-09-07'], requestedAt: days(0), version: 1 }));
    const tokens = this.test.answer(ListMakeupTokens, ({ accountId }) => ({ items: [{ id: 'tok_1', accountId, learnerId: 'per_chidi', sourceClassId: 'cls_1', sourceDate: '2026-09-14', state: 'available' as const, expiresOn: '2026-12-14', makeup: null, version: 1 }] }));
    return () => {
      enrolments();
      tokens();
    };
  }
}

function known<T>(value: T | undefined, code: string): T {
  if (value === undefined) throw new Rejection(code);
  return value;
}

/** One installation with its neighbours, as a test speaks to it. Every test uses an account of its own. */
export class World {
  readonly neighbours: Neighbours;
  constructor(readonly test: TestBus) {
    this.neighbours = new Neighbours(test);
  }

  accountId = (): string => `acc_${randomBytes(8).toString('hex')}`;
  private id = (prefix: string): string => `${prefix}_${randomBytes(8).toString('hex')}`;

  async invite(accountId: string, over: Partial<ReplyOf<typeof GetInvitationMail>> = {}): Promise<{ readonly data: DataOf<typeof InvitationSent>; readonly eventId: string }> {
    const data = { invitationId: this.id('ivt'), accountId, personId: 'per_ada', role: 'primary_guardian' as const, expiresAt: days(2), actor };
    this.neighbours.invitations.set(data.invitationId, { state: 'pending', email: `${accountId}@okafor.test`, personId: 'per_ada', accountId, token: 'tok+en/1=', expiresAt: data.expiresAt, ...over });
    return { data, eventId: await publishEvent(this.test, InvitationSent, data) };
  }

  invoice(accountId: string, over: Partial<ReplyOf<typeof GetInvoice>> = {}): DataOf<typeof InvoiceFinalized> & DataOf<typeof InvoicePaid> {
    const invoiceId = this.id('inv');
    const number = `INV-${invoiceId.slice(4, 10)}`;
    const invoice = { id: invoiceId, accountId, number, state: 'paid' as const, lines: [{ chargeId: 'chg_1', description: 'Swim 1', amount: cad(6_500) }], total: cad(6_500), outstanding: cad(0), issueDate: '2026-09-01', dueDate: '2026-09-30', paidAt: days(0), ...over };
    this.neighbours.invoices.set(invoiceId, invoice);
    return { accountId, invoiceId, number, total: cad(6_500), dueDate: '2026-09-30', paidAt: days(0), actor };
  }

  paid = (data: DataOf<typeof InvoicePaid>, id?: string): Promise<string> => publishEvent(this.test, InvoicePaid, data, id === undefined ? {} : { id });
  finalized = (data: DataOf<typeof InvoiceFinalized>): Promise<string> => publishEvent(this.test, InvoiceFinalized, data);
  enrolled = (accountId: string): Promise<string> => publishEvent(this.test, EnrolmentConfirmed, { enrolmentId: this.id('enr'), accountId, learnerId: 'per_chidi', classId: 'cls_1', fee: cad(6_500), chargeId: 'chg_1', actor });
  paymentFailed = (accountId: string, tenantid = 'harbour'): Promise<string> => publishEvent(this.test, PaymentFailed, { accountId, paymentId: this.id('pay'), amount: cad(6_500), reason: 'insufficient_funds', actor }, { tenantid });
  tokenIssued = (accountId: string): Promise<string> => publishEvent(this.test, MakeupTokenIssued, { tokenId: 'tok_1', accountId, learnerId: 'per_chidi', sourceClassId: 'cls_1', sourceDate: '2026-09-14', expiresOn: '2026-12-14', actor });

  async messages(accountId: string): Promise<readonly Message[]> {
    return (await this.test.rpc.call(ListMessages, callContext(), { accountId })).items;
  }
  /** The account's messages once there are `count` and none is queued any more. */
  settled = (accountId: string, count = 1, withinMs = 10_000): Promise<readonly Message[]> =>
    poll(`${count} settled messages of ${accountId}`, async () => {
      const all = await this.messages(accountId);
      return all.length === count && all.every((m) => m.state !== 'queued') ? all : undefined;
    }, withinMs);
  async inbox(to: string): Promise<readonly InboxMail[]> {
    return (await this.test.rpc.call(ReadDevelopmentInbox, callContext(), { to })).items;
  }
  mailsAbout = async (to: string, words: string): Promise<readonly InboxMail[]> => (await this.inbox(to)).filter(({ subject }) => subject.includes(words));

  register = (url: string, eventTypes: string[] = ['*'], over: Parameters<typeof callContext>[0] = {}): Promise<ReplyOf<typeof RegisterWebhookEndpoint>> => this.test.rpc.call(RegisterWebhookEndpoint, callContext({ idempotencyKey: newKey(), ...over }), { url, eventTypes });
  async deliveries(endpointId: string, tenantId = 'harbour'): Promise<readonly WebhookDelivery[]> {
    return (await this.test.rpc.call(ListWebhookDeliveries, callContext({ tenantId }), { endpointId, limit: 100 })).items;
  }
  delivery = (endpointId: string, matches: (d: WebhookDelivery) => boolean, tenantId = 'harbour'): Promise<WebhookDelivery> => poll(`a delivery to ${endpointId}`, async () => (await this.deliveries(endpointId, tenantId)).find(matches));
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A customer's webhook endpoint: keeps what it receives and answers as told. */
export class Receiver {
  readonly received: Received[] = [];
  answers: { readonly status: number; readonly headers?: Record<string, string> }[] = [];
  private readonly server: Server;

  constructor(manner: 'answer' | 'hang' = 'answer') {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        if (manner === 'hang') return;
        const { status, headers } = this.answers.shift() ?? { status: 204 };
        response.writeHead(status, headers).end();
      });
    });
  }

  /** Resolves to its URL. */
  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}/hook`;
  }
  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** A mail server outside: counts what it is handed, and may lose the connection after taking a mail. */
export class MailServer {
  readonly messageIds: string[] = [];
  dropAfterTaking = 0;
  refuseWith: number | undefined;
  /** How long it thinks about each step. */
  thinksMs = { sender: 0, recipient: 0, mail: 0 };
  /** At work on a mail at once, at most. */
  busiest = 0;
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onMailFrom: (_address, _session, done) => {
      this.busiest = Math.max(this.busiest, [...this.server.connections].length);
      setTimeout(done, this.thinksMs.sender);
    },
    onRcptTo: (_address, _session, done) => {
      setTimeout(done, this.thinksMs.recipient);
    },
    onData: (stream, session, done) => {
      void this.take(stream, session.id, done);
    },
  });

  private async take(stream: Readable, sessionId: string, done: (error?: Error) => void): Promise<void> {
    const mail = await simpleParser(stream);
    await delay(this.thinksMs.mail);
    if (this.refuseWith !== undefined) return done(Object.assign(new Error('no such user'), { responseCode: this.refuseWith }));
    this.messageIds.push(mail.messageId ?? '');
    if (this.dropAfterTaking === 0) return done();
    this.dropAfterTaking -= 1;
    this.drop(sessionId);
  }

  private drop(sessionId: string): void {
    for (const connection of this.server.connections) if (connection.id === sessionId) connection.close();
  }

  async open(): Promise<string> {
    this.server.on('error', () => undefined);
    const listening = this.server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `smtp://127.0.0.1:${address.port}`;
  }
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.server.close(() => resolve());
    await promise;
  }
}
