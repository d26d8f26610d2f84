import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ListMessages, MessageSent, ReadDevelopmentInbox } from '@matricula/contracts';
import { Database, Jobs, openService, type RunningService } from '@matricula/platform';
import { callContext, customerActor, poll, publishedEvents, startStack, TestBus, type Stack } from '@matricula/testing';
import { notificationsService } from '../src/notifications.module.js';
import { MailServer, openNotifications, settings, World } from './fixtures.js';

jest.setTimeout(30_000);
let stack: Stack;
let test: TestBus;
let world: World;
beforeAll(async () => {
  stack = await startStack();
  test = await TestBus.open(stack.natsUrl);
  world = new World(test);
}, 60_000);
afterAll(async () => {
  await test.close();
  await stack.stop();
}, 30_000);

describe('mail into the development inbox', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await openNotifications(stack);
  }, 30_000);
  afterAll(() => service.close());
  const messagesCollection = () => service.app.get(Database).collection<{ _id: string; 'state.state': string; 'state.dueAt': string; 'state.attempts': number }>('messages');

  it('SG-01 the invitation mail carries the link', async () => {
    const accountId = world.accountId();
    await world.invite(accountId);
    const [message] = await world.settled(accountId);
    expect(message).toMatchObject({ template: 'invitation', state: 'sent', to: `${accountId}@okafor.test`, reason: null });
    const [mail] = await world.inbox(`${accountId.toUpperCase()}@okafor.test`);
    expect(mail).toMatchObject({ subject: 'Harbour Arts & Sports: your invitation', from: 'no-reply@matricula.test', links: ['http://127.0.0.1:3000/accept-invitation?provider=harbour&token=tok%2Ben%2F1%3D'] });
    expect(mail?.messageId).toBe(`<${message?.id}@matricula.test>`);
    const told = await poll('message.sent', async () => (await publishedEvents(test, MessageSent.type)).find((e) => e.subject === message?.id));
    expect(told.data).toMatchObject({ messageId: message?.id, accountId, template: 'invitation', actor: { type: 'service', id: 'notifications' } });
    expect(JSON.stringify(told)).not.toMatch(/okafor|token|tok\+en/);
  });

  it('SG-01 an invitation that is no longer open is not mailed, and the message says why', async () => {
    for (const state of ['superseded', 'revoked', 'accepted', 'expired'] as const) {
      const accountId = world.accountId();
      await world.invite(accountId, { state });
      expect(await world.settled(accountId)).toMatchObject([{ state: 'suppressed', reason: `invitation.${state}`, sentAt: null }]);
      expect(await world.inbox(`${accountId}@okafor.test`)).toEqual([]);
    }
    const renewed = world.accountId();
    await world.invite(renewed, { expiresAt: new Date(Date.now() + 9e8).toISOString() });
    expect(await world.settled(renewed)).toMatchObject([{ state: 'suppressed', reason: 'invitation.superseded' }]);
    const gone = world.accountId();
    const { data } = await world.invite(gone);
    world.neighbours.invitations.delete(data.invitationId);
    expect((await world.settled(gone))[0]?.state).not.toBe('queued');
  });

  it('BI-28 an invoice that is told as paid many times is receipted once, to who sees the books', async () => {
    const accountId = world.accountId();
    const invoice = world.invoice(accountId);
    const eventId = await world.paid(invoice);
    await Promise.all([world.paid(invoice, eventId), world.paid(invoice, eventId), ...Array.from({ length: 8 }, () => world.paid(invoice))]);
    expect(await world.settled(accountId)).toMatchObject([{ template: 'invoice-paid', state: 'sent', to: 'ada@okafor.test' }]);
    await poll('every event handled', async () => ((await service.app.get(Database).collection('inbox').countDocuments({ _id: { $regex: 'invoice_paid' } } as never)) >= 9 ? true : undefined));
    expect(await world.messages(accountId)).toHaveLength(1);
    expect(await world.mailsAbout('ada@okafor.test', invoice.number)).toHaveLength(1);
    expect(await world.mailsAbout('ben@okafor.test', invoice.number)).toEqual([]);
  });

  it('BI-28 a new invoice is mailed with its amounts; one that was voided meanwhile is not', async () => {
    const accountId = world.accountId();
    const invoice = world.invoice(accountId, { state: 'finalized', outstanding: { amount: 6_500, currency: 'CAD' } });
    await world.finalized(invoice);
    await world.settled(accountId);
    const [mail] = await world.mailsAbout('ada@okafor.test', invoice.number);
    expect(mail?.subject).toBe(`Harbour Arts & Sports: invoice ${invoice.number}, 65.00 CAD`);
    expect(mail?.text).toContain('To pay: 65.00 CAD.');
    const other = world.accountId();
    await world.finalized(world.invoice(other, { state: 'void' }));
    expect(await world.settled(other)).toMatchObject([{ state: 'suppressed', reason: 'invoice.void' }]);
    const third = world.accountId();
    await world.paid(world.invoice(third, { state: 'finalized', paidAt: null }));
    expect(await world.settled(third)).toMatchObject([{ state: 'suppressed', reason: 'invoice.finalized' }]);
  });

  it('SG-02 an enrolment is confirmed to both guardians, one mail per address', async () => {
    const accountId = world.accountId();
    await world.enrolled(accountId);
    const all = await world.settled(accountId, 2);
    expect(all.map(({ to }) => to).toSorted()).toEqual(['ada@okafor.test', 'ben@okafor.test']);
    expect((await world.mailsAbout('ben@okafor.test', 'Chidi Okafor is enrolled in Swim 1'))[0]?.text).toContain('Hello Ben Okafor,');
  });

  it('a failed payment and a makeup token are told', async () => {
    const accountId = world.accountId();
    await world.paymentFailed(accountId);
    await world.settled(accountId);
    expect((await world.mailsAbout('ada@okafor.test', 'did not go through'))[0]?.text).toContain('65.00 CAD did not go through (insufficient_funds). Nothing was charged.');
    const other = world.accountId();
    await world.tokenIssued(other);
    await world.settled(other, 2);
    expect((await world.mailsAbout('ada@okafor.test', 'a makeup class for Chidi Okafor'))[0]?.text).toContain('valid until December 14, 2026');
  });

  it('nobody is written to at an address that is gone at the moment of sending', async () => {
    const accountId = world.accountId();
    const before = world.neighbours.contacts;
    await world.neighbours.leave('billing');
    await world.paid(world.invoice(accountId));
    await poll('the first attempt', async () => (await world.messages(accountId))[0]?.reason ?? undefined);
    world.neighbours.contacts = before.filter(({ personId }) => personId !== 'per_ada');
    world.neighbours.come('billing');
    expect(await world.settled(accountId)).toMatchObject([{ state: 'suppressed', reason: 'recipient.no-address' }]);
    world.neighbours.contacts = before;
  });

  it('a neighbour that is away delays a mail and does not lose it', async () => {
    const accountId = world.accountId();
    const invoice = world.invoice(accountId);
    await world.neighbours.leave('accounts');
    await world.neighbours.leave('billing');
    await world.paid(invoice);
    world.neighbours.come('accounts');
    const [waiting] = await poll('the queued mail', async () => {
      const all = await world.messages(accountId);
      return all[0]?.reason === null ? undefined : all.length > 0 ? all : undefined;
    });
    expect(waiting).toMatchObject({ state: 'queued', reason: 'billing does not answer' });
    world.neighbours.come('billing');
    expect(await world.settled(accountId)).toMatchObject([{ state: 'sent', reason: null }]);
    expect(await world.mailsAbout('ada@okafor.test', invoice.number)).toHaveLength(1);
  });

  it('a mail arrives although Redis lost its job', async () => {
    const accountId = world.accountId();
    const invoice = world.invoice(accountId);
    await world.neighbours.leave('billing');
    await world.paid(invoice);
    await poll('a delayed mail', async () => (await world.messages(accountId))[0]?.reason ?? undefined);
    await service.app.get(Jobs).redis.flushall();
    world.neighbours.come('billing');
    await world.settled(accountId);
    expect(await world.mailsAbout('ada@okafor.test', invoice.number)).toHaveLength(1);
  });

  it('killed between the handover and the note of it: sent again under the same Message-ID, and recognised', async () => {
    const accountId = world.accountId();
    const invoice = world.invoice(accountId);
    await world.paid(invoice);
    const [sent] = await world.settled(accountId);
    // what the process would have left behind: an attempt whose lease has passed
    await messagesCollection().updateOne({ _id: `harbour/${sent?.id}` }, { $set: { 'state.state': 'queued', 'state.dueAt': new Date(Date.now() - 10_000).toISOString() } });
    await poll('the second attempt', async () => ((await messagesCollection().findOne({ _id: `harbour/${sent?.id}`, 'state.state': 'sent', 'state.attempts': 2 })) ? true : undefined));
    const mails = await world.mailsAbout('ada@okafor.test', invoice.number);
    expect(mails.map(({ messageId }) => messageId)).toEqual([`<${sent?.id}@matricula.test>`]);
  });

  it('keeps the last 500 mails, also over a restart', async () => {
    const mails = service.app.get(Database).collection<{ _id: string }>('development_inbox');
    const old = Array.from({ length: 510 }, (_, n) => ({ _id: `<old${n}@x.test>`, from: 'x@x.test', to: ['old@x.test'], subject: `old ${n}`, text: '', links: [], receivedAt: new Date(1_000_000 + n) }));
    await mails.insertMany(old);
    const accountId = world.accountId();
    await world.invite(accountId);
    await world.settled(accountId);
    expect(await mails.countDocuments({})).toBe(500);
    await service.close();
    service = await openNotifications(stack);
    expect(await world.inbox(`${accountId}@okafor.test`)).toHaveLength(1);
    const second = world.accountId();
    await world.invite(second);
    await world.settled(second);
    expect(await world.inbox(`${second}@okafor.test`)).toHaveLength(1);
  }, 30_000);

  it('messages are for staff, each tenant its own', async () => {
    const accountId = world.accountId();
    await world.invite(accountId);
    await world.settled(accountId);
    const customer = customerActor({ accountId, role: 'primary_guardian', personId: 'per_ada' });
    await expect(test.rpc.call(ListMessages, callContext({ actor: customer }), { accountId })).rejects.toMatchObject({ code: 'permission.denied' });
    expect((await test.rpc.call(ListMessages, callContext({ tenantId: 'other' }), { accountId })).items).toEqual([]);
  });
});

describe('mail to a mail server outside', () => {
  const mailServer = new MailServer();
  let services: readonly RunningService[];
  let url: string;
  beforeAll(async () => {
    url = await mailServer.open();
    services = await Promise.all([openNotifications(stack, { SMTP_URL: url }), openNotifications(stack, { SMTP_URL: url })]);
  }, 30_000);
  afterAll(async () => {
    await Promise.all(services.map((s) => s.close()));
    await mailServer.close();
  }, 30_000);
  const handed = async (accountId: string) => {
    const [message] = await world.settled(accountId);
    return { message, times: mailServer.messageIds.filter((id) => id === `<${message?.id}@matricula.test>`).length };
  };

  it('BI-28 two replicas hand a receipt over once', async () => {
    const accounts = Array.from({ length: 10 }, () => world.accountId());
    await Promise.all(accounts.map(async (accountId) => {
      const invoice = world.invoice(accountId);
      await Promise.all([world.paid(invoice), world.paid(invoice), world.paid(invoice)]);
    }));
    for (const accountId of accounts) expect(await handed(accountId)).toMatchObject({ message: { state: 'sent' }, times: 1 });
  });

  it('a mail server that takes a mail and does not say so is given the same mail again', async () => {
    mailServer.dropAfterTaking = 1;
    const accountId = world.accountId();
    await world.invite(accountId);
    expect(await handed(accountId)).toMatchObject({ message: { state: 'sent' }, times: 2 });
  });

  it('a mail server that refuses an address ends the matter', async () => {
    mailServer.refuseWith = 550;
    const accountId = world.accountId();
    await world.invite(accountId);
    expect(await handed(accountId)).toMatchObject({ message: { state: 'failed', reason: expect.stringContaining('550') }, times: 0 });
    mailServer.refuseWith = undefined;
  });

  it('there is no development inbox', async () => {
    await expect(test.rpc.call(ReadDevelopmentInbox, callContext(), {})).rejects.toMatchObject({ code: 'inbox.disabled' });
  });
});

describe('configuration', () => {
  it('production needs a mail server and calls no private hosts', async () => {
    const jobs = Jobs.open(stack.redisUrl, 'configuration');
    if (jobs.redis.status !== 'ready') await once(jobs.redis, 'ready');
    await jobs.redis.config('SET', 'appendonly', 'yes');
    await jobs.onApplicationShutdown();
    await expect(openNotifications(stack, { NODE_ENV: 'production', WEBHOOK_ALLOWED_HOSTS: '' })).rejects.toThrow('SMTP_URL: is missing');
    await expect(openNotifications(stack, { NODE_ENV: 'production', SMTP_URL: 'smtp://127.0.0.1:1' })).rejects.toThrow('WEBHOOK_ALLOWED_HOSTS');
  });
  it('names what is missing or wrong', async () => {
    const wrong = { ...settings(stack), MAIL_FROM: undefined, ENDPOINT_SECRET_KEY: 'c2hvcnQ=' };
    await expect(openService(notificationsService, wrong)).rejects.toThrow(/MAIL_FROM: is missing[\s\S]*ENDPOINT_SECRET_KEY: 32 bytes in base64/);
    await expect(openNotifications(stack, { MAIL_LEASE_MS: '4999' })).rejects.toThrow('MAIL_LEASE_MS');
  });
});
