// What is slow or away delays a mail; it neither loses nor doubles it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Database, type RunningService } from '@matricula/platform';
import { poll, startStack, TestBus, type Stack } from '@matricula/testing';
import { MailServer, openNotifications, World } from './fixtures.js';

jest.setTimeout(40_000);
let stack: Stack;
let test: TestBus;
let world: World;
let mailServer: MailServer;
let service: RunningService;
beforeAll(async () => {
  stack = await startStack();
  test = await TestBus.open(stack.natsUrl);
  world = new World(test);
}, 60_000);
afterAll(async () => {
  await test.close();
  await stack.stop();
}, 30_000);
beforeEach(async () => {
  mailServer = new MailServer();
  service = await openNotifications(stack, { SMTP_URL: await mailServer.open() });
});
afterEach(async () => {
  await service.close();
  await mailServer.close();
});
const timesTaken = (messageId: string | undefined): number => mailServer.messageIds.filter((id) => id === `<${messageId}@matricula.test>`).length;
const invited = async (): Promise<string> => {
  const accountId = world.accountId();
  await world.invite(accountId);
  return accountId;
};

describe('a slow mail server', () => {
  it('that keeps many mails waiting for longer than a lease gets each once', async () => {
    mailServer.thinksMs = { sender: 500, recipient: 500, mail: 600 };
    const accounts = await Promise.all(Array.from({ length: 16 }, invited));
    for (const accountId of accounts) {
      const [message] = await world.settled(accountId, 1, 25_000);
      expect([message?.state, timesTaken(message?.id)]).toEqual(['sent', 1]);
    }
    const messages = service.app.get(Database).collection<{ _id: string; 'state.accountId': unknown; 'state.attempts': number }>('messages');
    expect(await messages.countDocuments({ 'state.accountId': { $in: accounts }, 'state.attempts': 1 })).toBe(16);
    expect(mailServer.busiest).toBeLessThanOrEqual(4);
  });

  it('that takes longer than a lease over one mail is let go before another attempt begins, and gets it once when it is quicker', async () => {
    mailServer.thinksMs = { sender: 2_000, recipient: 2_500, mail: 1_000 };
    const accountId = await invited();
    const [waiting] = await poll('the attempt that is broken off', async () => {
      const all = await world.messages(accountId);
      return all.some(({ state, reason }) => state !== 'queued' || reason !== null) ? all : undefined;
    });
    expect(waiting).toMatchObject({ state: 'queued', reason: 'the mail server did not take the mail in time' });
    mailServer.thinksMs = { sender: 0, recipient: 0, mail: 0 };
    const [message] = await world.settled(accountId);
    expect([message?.state, timesTaken(message?.id)]).toEqual(['sent', 1]);
  });
});

describe('BI-28 accounts is away when something happens', () => {
  it('the event is noted without it, and when it is back everybody gets one mail', async () => {
    const notices = service.app.get(Database).collection<{ _id: string; 'state.attempts': unknown; 'state.accountId': string }>('notices');
    const inbox = service.app.get(Database).collection<{ _id: { $regex: string } }>('inbox');
    const accountId = world.accountId();
    await world.neighbours.leave('accounts');
    const eventId = await world.enrolled(accountId);
    await poll('the event handled', async () => ((await inbox.countDocuments({ _id: { $regex: `enrollment_confirmed/${eventId}` } })) === 1 ? true : undefined));
    await poll('the third try', async () => ((await notices.countDocuments({ 'state.accountId': accountId, 'state.attempts': { $gte: 3 } })) === 1 ? true : undefined), 20_000);
    expect(await world.messages(accountId)).toEqual([]);
    world.neighbours.come('accounts');
    const messages = await world.settled(accountId, 2, 20_000);
    expect(messages.map(({ state, to }) => `${state} ${to}`).toSorted()).toEqual(['sent ada@okafor.test', 'sent ben@okafor.test']);
    for (const { id } of messages) expect(timesTaken(id)).toBe(1);
  });
});
