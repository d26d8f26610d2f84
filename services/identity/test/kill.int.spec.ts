import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AcceptInvitation, GetInvitationMail, GetInvitee, InvitationAccepted, LockContact, SendInvitation, SignIn, UserRegistered } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { callContext, freePort, newKey, poll, publishedEvents, serviceActor, startProcess, startStack, TestBus, type Stack, type TestProcess } from '@matricula/testing';
import { fresh, freshEmail, password, visitor } from './fixtures.js';
import { keysFile, signingKeys } from './signing-keys.js';

const main = resolve(__dirname, '../dist/main.js');
let stack: Stack;
let test: TestBus;
let keys: Awaited<ReturnType<typeof keysFile>>;
let identity: TestProcess | undefined;
let env: Readonly<Record<string, string>>;

async function startIdentity(): Promise<void> {
  const port = await freePort();
  // through env(1): the process must not inherit more than a service is told
  const variables = Object.entries({ ...env, HTTP_PORT: String(port) }).map(([name, value]) => `${name}=${value}`);
  identity = await startProcess('/usr/bin/env', ['-i', ...variables, process.execPath, main], port);
}

beforeAll(async () => {
  stack = await startStack();
  keys = await keysFile(JSON.stringify(signingKeys('now')));
  env = { ...stack.env, SIGNING_KEYS_FILE: keys.path, INVITATION_SECRET: randomBytes(32).toString('hex'), SEALING_KEY: randomBytes(32).toString('base64'), PUBLIC_URL: 'https://portal.example' };
  test = await TestBus.open(stack.natsUrl);
  test.answer(GetInvitee, () => ({ accountKind: 'family' as const, role: 'primary_guardian' as const, name: 'Ngozi Okafor', email: null, contactLocked: false }));
  test.answer(LockContact, () => ({ role: 'primary_guardian' as const, roleChange: 0 }));
  await startIdentity();
}, 60_000);
afterAll(async () => {
  await test?.close();
  await identity?.stop();
  await stack?.stop();
  await keys?.remove();
}, 30_000);

const invite = async (): Promise<{ id: string; email: string; token: string }> => {
  const email = freshEmail();
  const { id } = await test.rpc.call(SendInvitation, callContext({ idempotencyKey: newKey() }), { accountId: fresh('acc'), personId: fresh('per'), email });
  const { token } = await test.rpc.call(GetInvitationMail, callContext({ actor: serviceActor('notifications') }), { invitationId: id });
  return { id, email, token };
};
const accept = (token: string, timeoutMs: number) =>
  test.rpc.call(AcceptInvitation, visitor({ idempotencyKey: newKey() }), { token, password, adult: true, acceptTerms: true, acceptPrivacy: true }, timeoutMs);

/** Accepts again until it is done, as a person would: now, or by the attempt that died. */
const acceptAgain = (token: string): Promise<true> =>
  poll('the acceptance', () =>
    accept(token, 2_000).then(
      () => true as const,
      (error: unknown) => (error instanceof Rejection && error.code === 'invitation.already-used' ? true : undefined),
    ),
  );

it('SG-01 kill -9 among acceptances: every invitation becomes one login, told once, and none is burnt', async () => {
  for (const answersBeforeDeath of [1, 5]) {
    const invited = await Promise.all(Array.from({ length: 12 }, invite));
    let answered = 0;
    const { promise: enough, resolve: reached } = Promise.withResolvers<void>();
    const attempts = invited.map(async ({ token }) => {
      await accept(token, 3_000);
      if ((answered += 1) >= answersBeforeDeath) reached();
    });
    await enough;
    identity?.child.kill('SIGKILL');
    await Promise.allSettled(attempts);
    await identity?.stop();
    await startIdentity();
    await Promise.all(invited.map(({ token }) => acceptAgain(token)));
    const users = await Promise.all(invited.map(({ email }) => test.rpc.call(SignIn, visitor(), { login: email, password }).then(({ user }) => user)));
    expect(users.map((u) => u.grants.length)).toEqual(invited.map(() => 1));
    await poll('what the world hears', async () => {
      const [registered, accepted] = [await publishedEvents(test, UserRegistered.type), await publishedEvents(test, InvitationAccepted.type)];
      const once = users.every((u) => registered.filter((e) => e.subject === u.id).length === 1) && invited.every((i) => accepted.filter((e) => e.subject === i.id).length === 1);
      return once ? true : undefined;
    });
  }
}, 60_000);
