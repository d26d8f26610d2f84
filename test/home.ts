import type { Received } from '../services/gateway/test/fixtures.js';
import { newKey } from '@matricula/testing';
import { password, type Platform } from './platform.js';

/** Somebody of a family with an address; a token once signed in. */
export interface Resident {
  readonly id: string;
  readonly email: string;
}

export const phone = '+14165550134';
export const address = { street: '12 Hidden Lane', city: 'Toronto', country: 'CA' };

/** A family whose primary guardian has accepted and signed in; the secondary guardian Femi Mensah has an address, a phone number and no access yet. */
export class Home {
  private constructor(
    private readonly platform: Platform,
    readonly id: string,
    readonly primary: Resident & { readonly token: string },
    readonly secondary: Resident,
  ) {}

  static async open(platform: Platform): Promise<Home> {
    const [email, second] = [platform.freshEmail(), platform.freshEmail()];
    const people = [
      { role: 'primary_guardian', firstName: 'Ngozi', lastName: 'Okafor', email },
      { role: 'secondary_guardian', firstName: 'Femi', lastName: 'Mensah', email: second, phone, address },
      { role: 'learner', firstName: 'Ada', lastName: 'Okafor', birthDate: '2018-03-01' },
    ];
    const { body } = await expectStatus(platform.asOffice('/v1/accounts', { kind: 'family', name: platform.fresh('Okafor'), people }), 201);
    const [primary = '', secondary = ''] = (body['people'] as readonly { readonly id: string }[]).map((p) => p.id);
    const id = String(body['id']);
    await expectStatus(platform.asOffice(`/v1/accounts/${id}/invitations`, { personId: primary }), 201);
    return new Home(platform, id, { id: primary, email, token: await accept(platform, email) }, { id: secondary, email: second });
  }

  /** A request about this family, below `/v1/accounts/{id}`. */
  ask = (token: string, path: string, body?: unknown, method?: string): Promise<Received> =>
    this.platform.send(`/v1/accounts/${this.id}${path}`, { token, headers: { 'idempotency-key': newKey() }, ...(body === undefined ? {} : { body }), ...(method === undefined ? {} : { method }) });
  office = (path: string, body?: unknown, method?: string): Promise<Received> => this.platform.asOffice(`/v1/accounts/${this.id}${path}`, body, method);

  invite = (token: string, body: Readonly<Record<string, unknown>> = {}): Promise<Received> => this.ask(token, '/invitations', { personId: this.secondary.id, ...body });
  person = (token: string, id = this.secondary.id): Promise<Received> => this.ask(token, `/people/${id}`);

  /** Invited by the primary, accepted, signed in. */
  async admitSecondary(): Promise<string> {
    await expectStatus(this.invite(this.primary.token), 201);
    return accept(this.platform, this.secondary.email);
  }

  /** Changes the secondary guardian as somebody; If-Match is what the office sees. */
  async change(by: string, body: Readonly<Record<string, unknown>>): Promise<Received> {
    const path = `/v1/accounts/${this.id}/people/${this.secondary.id}`;
    const { headers } = await expectStatus(this.platform.asOffice(path), 200);
    return this.platform.send(path, { token: by, method: 'PATCH', body, headers: { 'if-match': headers.get('etag') ?? '' } });
  }

  /** The latest invitation of the secondary, as the primary sees it. */
  async latest(): Promise<string> {
    const { body } = await expectStatus(this.person(this.primary.token), 200);
    return String((body['access'] as Readonly<Record<string, unknown>>)['invitationId']);
  }
}

/** Follows the link of the newest invitation in a mailbox and signs in; resolves to the access token. */
async function accept(platform: Platform, email: string): Promise<string> {
  const token = platform.tokenIn(await platform.mail(email, 'your invitation'));
  await expectStatus(platform.asVisitor('/invitations/accept', { token, password, adult: true, acceptTerms: true, acceptPrivacy: true }), 200);
  return String((await expectStatus(platform.signIn(email), 201)).body['accessToken']);
}

/** The answer, when it has this status; throws with the whole answer otherwise. */
export async function expectStatus(answer: Promise<Received>, status: number): Promise<Received> {
  const received = await answer;
  if (received.status !== status) throw new Error(`expected ${status}, got ${received.status}: ${JSON.stringify(received.body)}`);
  return received;
}
