import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { GetStanding, GetVisibility, PublishKeys, type CallContext, type Grant, type Procedure, type ReplyOf, type RequestOf, type StaffRole } from '@matricula/contracts';
import type { TestBus } from '@matricula/testing';
import { openGateway, type RunningGateway } from '../src/gateway.js';

export const operatorKey = 'operator-key-of-the-gateway-spec';
export const tenant = 'harbour';
export const account = 'acc_okafor';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function newSigningKey(kid = randomUUID()): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' } };
}

const jwkOf = (key: SigningKey): Record<string, string> => Object.fromEntries(Object.entries(key.publicJwk).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));

/** Stands in for a service until the returned function is called; resolves when NATS knows. */
export async function standIn<P extends Procedure>(test: TestBus, procedure: P, answer: (request: RequestOf<P>, ctx: CallContext) => ReplyOf<P> | undefined | Promise<ReplyOf<P> | undefined>): Promise<() => void> {
  const stop = test.answer(procedure, answer);
  await test.bus.connection.flush();
  return stop;
}

/** Identity's published keys, as a test wants them, and the standing of whoever has a token; counts how often the keys were asked for. `there` are services that answer for themselves. */
export class PublishedKeys {
  asked = 0;
  private constructor(public keys: readonly SigningKey[]) {}

  static async open(test: TestBus, keys: readonly SigningKey[], there: readonly string[] = []): Promise<PublishedKeys> {
    const published = new PublishedKeys(keys);
    await standIn(test, PublishKeys, () => {
      published.asked += 1;
      return { keys: published.keys.map(jwkOf) };
    });
    if (!there.includes('identity')) await standIn(test, GetStanding, ({ sessionId }) => standings.get(sessionId) ?? { alive: false, roles: [], grants: [] });
    if (!there.includes('accounts')) {
      await standIn(test, GetVisibility, ({ grants, named }) => ({
        flags: {},
        grants: grants.map((g) => ({ ...g, kind: 'family' as const, status: 'enabled' as const, flags: {} })),
        scopes: [],
        named: named === undefined ? null : { accountId: named, inScope: false, flags: {} },
      }));
    }
    return published;
  }
}

/** The session of this token ends, as identity would end it. */
export function endSession(token: string): void {
  const { sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string };
  standings.delete(sid);
}

/** What identity says of the sessions of the tokens that tests made. */
const standings = new Map<string, ReplyOf<typeof GetStanding>>();

interface Claims {
  readonly sub?: string;
  readonly tid?: string;
  readonly roles?: readonly StaffRole[];
  readonly grants?: readonly Grant[];
  readonly expiresInSeconds?: number;
  readonly iss?: string;
}

/** An access token as identity makes it, or with what a test puts wrong. */
export async function tokenBy(key: SigningKey, claims: Claims = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const { sub = 'usr_1', tid = tenant, roles = [], grants = [], expiresInSeconds = 600, iss = 'matricula' } = claims;
  const sid = `ses_${randomUUID()}`;
  standings.set(sid, { alive: true, roles: [...roles], grants: [...grants] });
  return new SignJWT({ tid, sid }).setProtectedHeader({ alg: 'EdDSA', kid: key.kid }).setSubject(sub).setIssuer(iss).setIssuedAt(now - 700).setExpirationTime(now + expiresInSeconds).sign(key.privateKey);
}

export const guardianOf = (...accountIds: readonly string[]): readonly Grant[] => accountIds.map((accountId) => ({ accountId, role: 'primary_guardian', personId: 'per_1' }));

export interface Sent {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
}
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

/** Sends HTTP to a gateway and reads the answer. */
export async function send(gateway: RunningGateway, path: string, sent: Sent = {}): Promise<Received> {
  const started = performance.now();
  const isText = typeof sent.body === 'string';
  const response = await fetch(`${gateway.url}${path}`, {
    method: sent.method ?? (sent.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
      ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...sent.headers,
    },
    ...(sent.body === undefined ? {} : { body: isText ? sent.body : JSON.stringify(sent.body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text }, ms: performance.now() - started };
}

export const openTestGateway = (env: Readonly<Record<string, string>>): Promise<RunningGateway> => openGateway({ ...env, OPERATOR_KEY: operatorKey });
