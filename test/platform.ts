import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import type { InboxMail } from '@matricula/contracts';
import { openService, type RunningService } from '@matricula/platform';
import { MovableClock, newKey, poll, startStack, TestBus, type Stack } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { billingService } from '../services/billing/src/billing.module.js';
import { enrollmentService } from '../services/enrollment/src/enrollment.module.js';
import type { RunningGateway } from '../services/gateway/src/gateway.js';
import { openTestGateway, operatorKey, send, type Received, type Sent } from '../services/gateway/test/fixtures.js';
import { identityService } from '../services/identity/src/identity.module.js';
import { notificationsService } from '../services/notifications/src/notifications.module.js';

const definitions = { identity: identityService, accounts: accountsService, billing: billingService, enrollment: enrollmentService, notifications: notificationsService };
type ServiceName = keyof typeof definitions;

const ownEnv = (keysFile: string): Readonly<Record<ServiceName, Readonly<Record<string, string>>>> => ({
  identity: { SIGNING_KEYS_FILE: keysFile, INVITATION_SECRET: randomBytes(32).toString('hex'), SEALING_KEY: randomBytes(32).toString('base64'), PUBLIC_URL: 'https://portal.example' },
  accounts: {},
  billing: { PUBLIC_URL: 'https://portal.example', SANDBOX_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}` },
  enrollment: {},
  notifications: { MAIL_FROM: 'Harbour <no-reply@matricula.test>', PUBLIC_URL: 'https://portal.example', ENDPOINT_SECRET_KEY: randomBytes(32).toString('base64') },
});

export const password = 'harbour lights at seven';

interface Parts {
  readonly stack: Stack;
  readonly test: TestBus;
  readonly clock: MovableClock;
  readonly running: readonly RunningService[];
  readonly gateway: RunningGateway;
  /** Access token of the first administrator. */
  readonly office: string;
  readonly folder: string;
}

/** Several services behind the gateway, in this process, on a real stack; everything is done by HTTP. */
export class Platform {
  private numbered = 0;

  private constructor(private readonly parts: Parts) {}

  get test(): TestBus {
    return this.parts.test;
  }
  get clock(): MovableClock {
    return this.parts.clock;
  }
  get url(): string {
    return this.parts.gateway.url;
  }

  /** With a provider `harbour` and the token of its first administrator. Requests may come from any address, by X-Forwarded-For. */
  static async open(names: readonly ServiceName[], env: Readonly<Record<string, string>> = {}): Promise<Platform> {
    const [stack, folder, clock] = [await startStack(), await mkdtemp(join(tmpdir(), 'matricula-keys-')), new MovableClock(new Date().toISOString())];
    const keysFile = join(folder, 'keys.json');
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    await writeFile(keysFile, JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: 'first', alg: 'EdDSA', use: 'sig' }] }), { mode: 0o600 });
    const own = ownEnv(keysFile);
    const open = (name: ServiceName): Promise<RunningService> => openService(definitions[name], { ...stack.env, ...own[name], ...env }, clock);
    const running = await Promise.all(names.map(open));
    const [gateway, test] = await Promise.all([openTestGateway({ ...stack.env, TRUSTED_PROXIES: '127.0.0.1', ...env }), TestBus.open(stack.natsUrl)]);
    const at = (path: string, body: unknown) => send(gateway, path, { body, token: operatorKey });
    await at('/v1/providers/harbour', { name: 'Harbour Arts', currency: 'CAD', timeZone: 'America/Toronto', locations: [{ id: '1', name: 'Pier' }] });
    await at('/v1/providers/harbour/administrators', { email: 'office@harbour.test', password, name: 'Office' });
    const { body } = await send(gateway, '/v1/providers/harbour/sessions', { body: { login: 'office@harbour.test', password } });
    return new Platform({ stack, test, clock, running, gateway, office: String(body['accessToken']), folder });
  }

  async close(): Promise<void> {
    const { test, gateway, running, stack, folder } = this.parts;
    await test.close();
    await gateway.close();
    await Promise.all(running.map((service) => service.close()));
    await stack.stop();
    await rm(folder, { recursive: true });
  }

  fresh = (prefix: string): string => `${prefix}${(this.numbered += 1)}x${randomBytes(4).toString('hex')}`;
  freshEmail = (): string => `${this.fresh('a')}@example.org`;
  freshAddress = (): string => `10.${randomBytes(3).join('.')}`;

  send = (path: string, sent: Sent = {}): Promise<Received> => send(this.parts.gateway, path, sent);
  /** As the first administrator, with a key where one is needed. */
  asOffice = (path: string, body?: unknown, method?: string): Promise<Received> => this.send(path, { token: this.parts.office, headers: { 'idempotency-key': newKey() }, ...(body === undefined ? {} : { body }), ...(method === undefined ? {} : { method }) });
  get officeToken(): string {
    return this.parts.office;
  }
  /** Somebody who has not signed in, at this address. */
  asVisitor = (path: string, body: unknown, address = this.freshAddress()): Promise<Received> => this.send(`/v1/providers/harbour${path}`, { body, headers: { 'idempotency-key': newKey(), 'x-forwarded-for': address } });

  signIn = (login: string, given: { readonly password?: string; readonly address?: string; readonly deviceToken?: string } = {}): Promise<Received> =>
    this.asVisitor('/sessions', { login, password: given.password ?? password, ...(given.deviceToken === undefined ? {} : { deviceToken: given.deviceToken }) }, given.address);

  /** A family with a primary guardian, and others as given; ids in the order of the people. */
  async family(...others: readonly { readonly role: string; readonly email?: string }[]): Promise<{ readonly accountId: string; readonly personIds: readonly string[]; readonly email: string }> {
    const email = this.freshEmail();
    const people = [{ role: 'primary_guardian', email }, ...others].map((person, at) => ({ firstName: `Person${at}`, lastName: 'Okafor', ...person }));
    const { body } = await this.asOffice('/v1/accounts', { kind: 'family', name: this.fresh('Okafor'), people });
    return { accountId: String(body['id']), personIds: (body['people'] as readonly { id: string }[]).map(({ id }) => id), email };
  }

  async mails(to: string): Promise<readonly InboxMail[]> {
    return (await this.send(`/dev/inbox?to=${encodeURIComponent(to)}`)).body['items'] as readonly InboxMail[];
  }

  /** The newest mail to somebody whose subject says this, of which there are `count`. */
  mail = (to: string, about: string, count = 1): Promise<InboxMail> =>
    poll(`${count} mails to ${to} about ${about}`, async () => {
      const found = (await this.mails(to)).filter(({ subject }) => subject.includes(about));
      return found.length >= count ? found[0] : undefined;
    });

  /** The token in the link of a mail. */
  tokenIn = ({ links }: InboxMail): string => new URL(links[0] ?? '').searchParams.get('token') ?? '';

  /** A person of a new family with a login and a password of its own. */
  async guardian(): Promise<{ readonly accountId: string; readonly personId: string; readonly email: string }> {
    const { accountId, personIds, email } = await this.family();
    const [personId = ''] = personIds;
    await this.asOffice(`/v1/accounts/${accountId}/people/${personId}/login`, {});
    await this.asVisitor('/password-resets/complete', { token: this.tokenIn(await this.mail(email, 'welcome')), password });
    return { accountId, personId, email };
  }
}
