import { randomBytes } from 'node:crypto';
import { AcceptInvitation, GetInvitationMail, GetInvitee, LockContact, RegisterAdministrator, SendInvitation, SignIn, type AccountRole, type Actor, type CallContext, type Invitation, type Person, type ReplyOf, type SessionTokens } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { openService, type RunningService } from '@matricula/platform';
import { anonymousActor, callContext, customerActor, freePort, MovableClock, newKey, operatorActor, serviceActor, staffActor, startProcess, startStack, TestBus, type Stack, type TestProcess } from '@matricula/testing';
import { identityService } from '../src/identity.module.js';
import { keysFile, signingKeys } from './signing-keys.js';

export const start = '2026-09-01T10:00:00.000Z';
export const password = 'harbour lights at seven';

let numbered = 0;
/** A value of this test run that nobody else has. */
export const fresh = (prefix: string): string => `${prefix}_${(numbered += 1)}${randomBytes(6).toString('hex')}`;
export const freshEmail = (): string => `${fresh('a').replace('_', '')}@example.org`;
const freshAddress = (): string => `10.0.0.${(numbered += 1)}`;

interface Parts {
  readonly service: RunningService;
  readonly test: TestBus;
  readonly clock: MovableClock;
  readonly env: Readonly<Record<string, string>>;
  readonly stack: Stack;
  readonly redisPort: number;
  readonly removeKeys: () => Promise<void>;
}

/** Identity on a real stack with a clock to move, a Redis to take away, and a test that answers for accounts. */
export class IdentityWorld {
  readonly people = new Map<string, Person>();
  /** Who looks after their own contact data, by person. */
  readonly owners = new Map<string, string>();
  roleChanges = 0;
  private readonly meanwhile = new Map<string, () => Promise<void>>();

  private constructor(
    private readonly parts: Parts,
    private redis: TestProcess,
  ) {}

  get service(): RunningService {
    return this.parts.service;
  }
  get test(): TestBus {
    return this.parts.test;
  }
  get clock(): MovableClock {
    return this.parts.clock;
  }
  get env(): Readonly<Record<string, string>> {
    return this.parts.env;
  }

  static async open(): Promise<IdentityWorld> {
    const [stack, keys, redisPort, clock] = [await startStack(), await keysFile(JSON.stringify(signingKeys('now', 'next'))), await freePort(), new MovableClock(start)];
    const redis = await startRedis(redisPort);
    const env = { ...stack.env, REDIS_URL: `redis://127.0.0.1:${redisPort}`, SIGNING_KEYS_FILE: keys.path, INVITATION_SECRET: randomBytes(32).toString('hex'), SEALING_KEY: randomBytes(32).toString('base64'), PUBLIC_URL: 'https://portal.example' };
    const [service, test] = await Promise.all([openService(identityService, env, clock), TestBus.open(stack.natsUrl)]);
    const world = new IdentityWorld({ service, test, clock, env, stack, redisPort, removeKeys: () => keys.remove() }, redis);
    test.answer(GetInvitee, async ({ accountId, personId }) => {
      const work = world.meanwhile.get(personId);
      world.meanwhile.delete(personId);
      await work?.();
      const { role, firstName, lastName, email = null } = world.known(accountId, personId);
      return { accountKind: kindOf(role), role, name: `${firstName} ${lastName}`, email, contactLocked: world.owners.has(personId) };
    });
    test.answer(LockContact, ({ accountId, personId, userId }) => {
      const { role } = world.known(accountId, personId);
      world.owners.set(personId, userId);
      return { role, roleChange: world.roleChanges };
    });
    return world;
  }

  private known(accountId: string, personId: string): Person {
    const person = this.people.get(personId);
    if (person?.accountId !== accountId) throw new Rejection('resource.not-found');
    return person;
  }

  async close(): Promise<void> {
    await this.test.close();
    await this.service.close();
    await this.redis.stop();
    await this.parts.stack.stop();
    await this.parts.removeKeys();
  }

  async stopRedis(): Promise<void> {
    await this.redis.stop();
  }
  async restartRedis(): Promise<void> {
    this.redis = await startRedis(this.parts.redisPort);
  }

  /** Does something while accounts is asked for a person the next time, before it answers. */
  whenAsked(personId: string, work: () => Promise<void>): void {
    this.meanwhile.set(personId, work);
  }

  /** A person that accounts knows. */
  person(over: Partial<Person> = {}): Person {
    const id = fresh('per');
    const person: Person = { id, accountId: fresh('acc'), role: 'primary_guardian', firstName: 'Ngozi', lastName: 'Okafor', email: freshEmail(), version: 1, ...over };
    this.people.set(person.id, person);
    return person;
  }

  async administrator(email = freshEmail()): Promise<SessionTokens['user']> {
    return this.test.rpc.call(RegisterAdministrator, callContext({ actor: operatorActor, idempotencyKey: newKey() }), { email, password, name: 'Office' });
  }

  /** Sent by whoever may: the office, or the primary guardian of the family. */
  async invite(person: Person, over: { readonly email?: string; readonly key?: string; readonly actor?: Actor } = {}): Promise<Invited> {
    const { email, key = newKey(), actor = senderFor(person) } = over;
    const sent = await this.test.rpc.call(SendInvitation, callContext({ idempotencyKey: key, actor }), { accountId: person.accountId, personId: person.id, ...(email === undefined ? {} : { email }) });
    return { ...sent, email: String(sent.email) };
  }

  /** What the mail would say. */
  async mail(invitationId: string): Promise<ReplyOf<typeof GetInvitationMail>> {
    return this.test.rpc.call(GetInvitationMail, callContext({ actor: serviceActor('notifications') }), { invitationId });
  }
  async linkOf(invitationId: string): Promise<string> {
    return (await this.mail(invitationId)).token;
  }

  async accept(token: string, over: { readonly password?: string; readonly adult?: boolean; readonly acceptTerms?: boolean; readonly key?: string } = {}): Promise<ReplyOf<typeof AcceptInvitation>> {
    const { key = newKey(), ...given } = over;
    return this.test.rpc.call(AcceptInvitation, visitor({ idempotencyKey: key }), { token, password, adult: true, acceptTerms: true, acceptPrivacy: true, ...given });
  }

  async signIn(login: string, over: { readonly password?: string; readonly clientAddress?: string } = {}): Promise<SessionTokens> {
    return this.test.rpc.call(SignIn, visitor({ clientAddress: over.clientAddress ?? freshAddress() }), { login, password: over.password ?? password });
  }
}

const startRedis = (port: number): Promise<TestProcess> => startProcess(process.env['REDIS_SERVER_BIN'] ?? '/usr/bin/redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'], port);

export type Invited = Invitation & { readonly email: string };

const kindOf = (role: AccountRole): 'independent' | 'organization' | 'family' => (role === 'independent' ? 'independent' : role === 'manager' || role === 'employee' ? 'organization' : 'family');
export const primaryOf = (accountId: string): Actor => customerActor({ accountId, role: 'primary_guardian', personId: 'per_primary' });
export const senderFor = ({ role, accountId }: Pick<Person, 'role' | 'accountId'>): Actor => (kindOf(role) !== 'family' || role === 'primary_guardian' ? staffActor() : primaryOf(accountId));

/** Somebody who has not signed in. */
export const visitor = (over: Partial<CallContext> = {}): CallContext => callContext({ actor: anonymousActor, clientAddress: freshAddress(), ...over });

/** The refusal a promise ends with. */
export async function refusalOf(work: Promise<unknown>): Promise<{ readonly code: string; readonly details: Readonly<Record<string, unknown>> }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Rejection) return { code: error.code, details: error.details };
    throw error;
  }
  throw new Error('expected a refusal');
}
