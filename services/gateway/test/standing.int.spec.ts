import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetStanding, GetVisibility, ListAccounts, PublishKeys, type CallContext, type ReplyOf } from '@matricula/contracts';
import { poll, startStack, TestBus, type Stack } from '@matricula/testing';
import type { RunningGateway } from '../src/gateway.js';
import { account, newSigningKey, openTestGateway, send, standIn, tokenBy } from './fixtures.js';

type Standing = ReplyOf<typeof GetStanding>;
type Seen = ReplyOf<typeof GetVisibility>;

let stack: Stack;
let test: TestBus;
let gateway: RunningGateway;
let token: string;
let standing: Standing;
let seen: Seen;
let stopIdentity: () => void;
let stopAccounts: () => void;
let asked = 0;
let actors: CallContext['actor'][] = [];

const grant = { accountId: account, role: 'primary_guardian', personId: 'per_1' } as const;
const initially = (): void => {
  standing = { alive: true, roles: [], grants: [grant] };
  seen = { flags: {}, grants: [{ accountId: account, personId: 'per_1', kind: 'family', status: 'enabled', flags: {} }], scopes: [], named: null };
};
const identity = async (): Promise<void> => {
  stopIdentity = await standIn(test, GetStanding, () => {
    asked += 1;
    return standing;
  });
};
const accounts = async (): Promise<void> => {
  stopAccounts = await standIn(test, GetVisibility, () => seen);
};

beforeAll(async () => {
  stack = await startStack();
  test = await TestBus.open(stack.natsUrl);
  const key = await newSigningKey();
  const { kid, publicJwk } = key;
  await standIn(test, PublishKeys, () => ({ keys: [{ kid, kty: 'OKP', crv: 'Ed25519', x: String(publicJwk.x), alg: 'EdDSA', use: 'sig' }] }));
  await standIn(test, ListAccounts, (_request, ctx) => {
    actors.push(ctx.actor);
    return { items: [], next: null, prev: null };
  });
  token = await tokenBy(key);
  initially();
  await identity();
  await accounts();
  gateway = await openTestGateway(stack.env);
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await test?.close();
  await stack?.stop();
});

const ask = () => send(gateway, '/v1/accounts', { token });
const until = (what: string, status: number, withinMs = 2_000) => poll(what, async () => ((await ask()).status === status ? true : undefined), withinMs);

describe("a session's standing", () => {
  it('is asked once for a burst of requests', async () => {
    await until('an answer', 200);
    const before = asked;
    const answers = await Promise.all(Array.from({ length: 30 }, ask));
    expect(answers.every((a) => a.status === 200)).toBe(true);
    expect(asked - before).toBeLessThan(5);
  });
  it('ended counts within two seconds', async () => {
    standing = { alive: false, roles: [], grants: [] };
    await until('the end of the session', 401);
    expect(await ask()).toMatchObject({ status: 401, body: { code: 'identity.session-expired' } });
    initially();
    await until('the session', 200);
  });
  it('lost grants, changed flags and disabled accounts count within two seconds', async () => {
    const lastActor = async () => {
      actors = [];
      await ask();
      return actors[0]?.type === 'user' ? actors[0].grants : undefined;
    };
    seen = { ...seen, grants: seen.grants.map((g) => ({ ...g, status: 'disabled' as const, flags: { 'addon.lendingLibrary': true } })) };
    await poll('the change', async () => ((await lastActor())?.[0]?.status === 'disabled' ? true : undefined), 2_000);
    expect(await lastActor()).toEqual([{ ...grant, kind: 'family', status: 'disabled', flags: { 'addon.lendingLibrary': true } }]);
    standing = { ...standing, grants: [] };
    await poll('no grants', async () => ((await lastActor())?.length === 0 ? true : undefined), 2_000);
    initially();
  });
  it('of a grant whose account is not there is nothing', async () => {
    seen = { ...seen, grants: [] };
    await poll('no grants', async () => {
      actors = [];
      await ask();
      return actors[0]?.type === 'user' && actors[0].grants.length === 0 ? true : undefined;
    }, 2_000);
    initially();
  });
  it('is believed for a few seconds while identity or accounts are away, then nobody gets in', async () => {
    await until('an answer', 200);
    stopIdentity();
    stopAccounts();
    expect(await ask()).toMatchObject({ status: 200 });
    await until('the refusal', 503, 8_000);
    const refused = await ask();
    expect(refused).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    await identity();
    expect(await ask()).toMatchObject({ status: 503, body: { service: 'accounts' } });
    await accounts();
    await until('the answer', 200);
  }, 20_000);
});
