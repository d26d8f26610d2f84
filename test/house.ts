import { openService, type RunningService, type ServiceDefinition } from '@matricula/platform';
import { MovableClock, newKey, poll, startStack, TestBus, type Stack } from '@matricula/testing';
import type { AccountRole, FlagId, StaffRole } from '@matricula/contracts';
import { newSigningKey, openTestGateway, operatorKey, PublishedKeys, send, tokenBy, type Received, type Sent, type SigningKey } from '../services/gateway/test/fixtures.js';
import type { RunningGateway } from '../services/gateway/src/gateway.js';

export interface Family {
  readonly id: string;
  /** Ids of the people, in the order they were given. */
  readonly people: readonly string[];
}

interface Parts {
  readonly stack: Stack;
  readonly test: TestBus;
  readonly gateway: RunningGateway;
  readonly clock: MovableClock;
  readonly services: readonly RunningService[];
  readonly key: SigningKey;
}

/** The gateway and some services in this process, on a real stack; who has signed in is the test's part. */
export class House {
  private constructor(private readonly parts: Parts) {}

  static async open(definitions: readonly ServiceDefinition[], env: Readonly<Record<string, string>> = {}, now = new Date().toISOString()): Promise<House> {
    const stack = await startStack();
    const clock = new MovableClock(now);
    const services = await Promise.all(definitions.map((definition) => openService(definition, { ...stack.env, ...env }, clock)));
    const test = await TestBus.open(stack.natsUrl);
    const key = await newSigningKey();
    await PublishedKeys.open(test, [key], definitions.map((d) => d.name).filter((name) => name !== 'identity'));
    return new House({ stack, test, clock, services, key, gateway: await openTestGateway(stack.env) });
  }

  get stack(): Stack {
    return this.parts.stack;
  }
  get test(): TestBus {
    return this.parts.test;
  }
  get clock(): MovableClock {
    return this.parts.clock;
  }
  get gateway(): RunningGateway {
    return this.parts.gateway;
  }

  async close(): Promise<void> {
    const { gateway, test, services, stack } = this.parts;
    await gateway.close();
    await test.close();
    await Promise.all(services.map((s) => s.close()));
    await stack.stop();
  }

  /** Sends HTTP as somebody, with an Idempotency-Key of its own. */
  as(token: string) {
    return (path: string, sent: Omit<Sent, 'token'> = {}): Promise<Received> => send(this.gateway, path, { ...sent, token, headers: { ...(sent.method === 'GET' ? {} : { 'idempotency-key': newKey() }), ...sent.headers } });
  }

  /** An access token of staff. */
  staff(provider: string, role: StaffRole = 'administrator', userId = `usr_${role.replaceAll('_', '')}`): Promise<string> {
    return tokenBy(this.parts.key, { tid: provider, sub: userId, roles: [role] });
  }

  /** An access token of a customer with one grant. */
  customer(provider: string, accountId: string, personId: string, role: AccountRole = 'primary_guardian'): Promise<string> {
    return tokenBy(this.parts.key, { tid: provider, sub: `usr_${personId.slice(-12)}`, grants: [{ accountId, role, personId }] });
  }

  async provider(slug: string): Promise<string> {
    const opened = await send(this.gateway, `/v1/providers/${slug}`, { token: operatorKey, body: { name: 'Harbour Arts & Sports', currency: 'CAD', timeZone: 'America/Toronto', locations: [{ id: 'pier', name: 'Pier 7' }] } });
    if (opened.status !== 201) throw new Error(`provider ${slug}: ${opened.status} ${JSON.stringify(opened.body)}`);
    return slug;
  }

  /** Switches features on for all of a provider; resolves when they are. */
  async switchOn(provider: string, ...flags: readonly FlagId[]): Promise<void> {
    const office = this.as(await this.staff(provider));
    const values = Object.fromEntries(flags.map((flag) => [flag, true]));
    const { status, body } = await office('/v1/settings', { method: 'PATCH', body: { values } });
    if (status !== 200) throw new Error(`settings: ${status} ${JSON.stringify(body)}`);
    await poll('the features', async () => {
      const { capabilities } = (await office('/v1/me/capabilities')).body as { capabilities: { features: FlagId[] }[] };
      return flags.every((flag) => capabilities[0]?.features.includes(flag)) ? true : undefined;
    });
  }

  /** A mother, and two children of seven and five in 2026. */
  async family(provider: string, name = 'Okafor'): Promise<Family> {
    const people = [
      { role: 'primary_guardian', firstName: 'Ngozi', lastName: name, email: `ngozi.${name.toLowerCase()}@example.org`, birthDate: '1985-02-03' },
      { role: 'learner', firstName: 'Ada', lastName: name, birthDate: '2018-03-01' },
      { role: 'learner', firstName: 'Chidi', lastName: name, birthDate: '2020-11-14' },
    ];
    const { status, body } = await this.as(await this.staff(provider))('/v1/accounts', { body: { kind: 'family', name: `${name} Family`, people } });
    if (status !== 201) throw new Error(`family: ${status} ${JSON.stringify(body)}`);
    const { id, people: created } = body as { id: string; people: { id: string }[] };
    return { id, people: created.map((p) => p.id) };
  }
}
