import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@matricula/platform';
import { poll } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { ClamdDouble } from '../services/accounts/test/clamd.js';
import { phoneJpeg, plainJpeg, plainPng } from '../services/accounts/test/images.js';
import { send } from '../services/gateway/test/fixtures.js';
import { House, type Family } from './house.js';

const provider = 'harbour';
const mebibyte = 1024 * 1024;
let house: House;
let clamd: ClamdDouble;
let database: Database;
let family: Family;
let office: Caller;
let mother: Caller;

class Caller {
  readonly send: ReturnType<House['as']>;
  constructor(readonly token: string) {
    this.send = house.as(token);
  }
  /** Sends the bytes of a file, as whatever kind the sender likes to say. */
  async put(fileId: unknown, bytes: Buffer, contentType = 'text/html'): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${house.gateway.url}/v1/files/${String(fileId)}/content`, { method: 'PUT', headers: { authorization: `Bearer ${this.token}`, 'content-type': contentType }, body: new Uint8Array(bytes) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
  async content(path: string): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
    const response = await fetch(`${house.gateway.url}${path}`, { headers: { authorization: `Bearer ${this.token}` } });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }
}

beforeAll(async () => {
  clamd = await ClamdDouble.open();
  // two replicas: the chunks of one file arrive at both
  house = await House.open([accountsService, accountsService], { CLAMD_ADDRESS: clamd.address });
  database = await Database.open(house.stack.mongodbUri, `${house.stack.env['MONGODB_DB_PREFIX']}accounts`);
  await house.provider(provider);
  await house.switchOn(provider, 'addon.profileAttachments', 'app.customImageFields');
  family = await house.family(provider);
  [office, mother] = [new Caller(await house.staff(provider)), new Caller(await house.customer(provider, family.id, family.people[0] ?? ''))];
}, 60_000);
afterAll(async () => {
  await house?.close();
  await database?.onApplicationShutdown();
  await clamd?.close();
});

const attach = (who: Caller, over = {}) => who.send(`/v1/accounts/${family.id}/attachments`, { body: { name: 'Report card.pdf', ...over } });
const pdf = (size: number): Buffer => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size)]);
const contentPath = (id: unknown): string => `/v1/accounts/${family.id}/files/${String(id)}/content`;
const chunksOf = (fileId: unknown) => database.collection<{ part: string; expiresAt?: Date }>('file_chunks').find({ tenantId: provider, fileId: String(fileId) } as never).toArray();

describe('ID-46 profile attachments', () => {
  it('ID-46 come in as a stream of any size up to 25 MiB and go out the same, in pieces over two replicas', async () => {
    const opened = await attach(mother);
    expect(opened).toMatchObject({ status: 201, body: { status: 'receiving', maxBytes: 25 * mebibyte, mediaType: null } });
    const bytes = pdf(3 * mebibyte + 17);
    expect(await mother.put(opened.body['id'], bytes)).toMatchObject({ status: 200, body: { status: 'ready', mediaType: 'application/pdf', size: bytes.length, scan: 'clean', sha256: createHash('sha256').update(bytes).digest('hex') } });
    const got = await mother.content(contentPath(opened.body['id']));
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(Object.fromEntries(['content-type', 'content-disposition', 'x-content-type-options', 'content-security-policy', 'cache-control'].map((name) => [name, got.headers.get(name)]))).toEqual({
      'content-type': 'application/pdf', 'content-disposition': "attachment; filename=\"Report card.pdf\"; filename*=UTF-8''Report%20card.pdf", 'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'", 'cache-control': 'no-store',
    });
    // what was sent is gone, what is kept stays
    expect((await chunksOf(opened.body['id'])).filter((c) => c.part === 'sent' || c.expiresAt !== undefined)).toEqual([]);
    // sent again it is the same file; other bytes are refused
    expect(await mother.put(opened.body['id'], bytes)).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(await mother.put(opened.body['id'], pdf(5))).toMatchObject({ status: 409, body: { code: 'file.already-complete' } });
  });
  it('ID-46 too large is refused at once by its length, and while it streams when it says none', async () => {
    const opened = await attach(mother);
    const path = `/v1/files/${String(opened.body['id'])}/content`;
    const answer = (headers: Record<string, string>, write: (out: ReturnType<typeof request>) => void) =>
      new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
        const out = request(`${house.gateway.url}${path}`, { method: 'PUT', headers: { authorization: `Bearer ${mother.token}`, ...headers } }, (response) => {
          let body = '';
          response.on('data', (piece) => (body += String(piece)));
          response.on('end', () => resolve({ status: response.statusCode, body }));
        });
        out.on('error', reject);
        write(out);
      });
    const tooLarge = { status: 413, body: expect.stringContaining('file.too-large') };
    expect(await answer({ 'content-length': String(26 * mebibyte) }, (out) => out.flushHeaders())).toMatchObject(tooLarge);
    const piece = Buffer.alloc(mebibyte, 1);
    expect(await answer({}, (out) => {
      for (let n = 0; n < 26; n += 1) out.write(piece);
    })).toMatchObject(tooLarge);
    expect(await mother.put(opened.body['id'], Buffer.alloc(0))).toMatchObject({ status: 422, body: { code: 'file.empty' } });
    // the file is still open for the right bytes
    expect(await mother.put(opened.body['id'], pdf(9))).toMatchObject({ status: 200 });
  }, 30_000);
  it('ID-46 what it is, is found in the bytes: neither name nor header is believed', async () => {
    const page = await attach(mother, { name: 'harmless.pdf' });
    expect(await mother.put(page.body['id'], Buffer.from('<html><script>alert(1)</script></html>'), 'application/pdf')).toMatchObject({ status: 422, body: { code: 'file.type-not-allowed' } });
    await poll('its bytes to be gone', async () => ((await chunksOf(page.body['id'])).length === 0 ? true : undefined));
    const text = await attach(mother, { name: 'page.html' });
    await mother.put(text.body['id'], Buffer.from('just words'), 'text/html');
    expect((await mother.content(contentPath(text.body['id']))).headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });
  it('ID-46 a photo is kept without the place it was taken', async () => {
    const photo = await attach(mother, { name: 'recital.jpg' });
    const sent = phoneJpeg(1);
    expect(sent.includes('SpyPhone')).toBe(true);
    expect(await mother.put(photo.body['id'], sent)).toMatchObject({ status: 200, body: { mediaType: 'image/jpeg', size: plainJpeg.length } });
    expect((await mother.content(contentPath(photo.body['id']))).bytes.equals(plainJpeg)).toBe(true);
  });
  it('ID-46 an infected file is refused and not kept; while the scanner gives no verdict nothing passes', async () => {
    const bad = await attach(mother);
    expect(await mother.put(bad.body['id'], Buffer.from('X5O!P%@AP EICAR-STANDARD'))).toMatchObject({ status: 422, body: { code: 'file.infected', virus: 'Eicar-Signature' } });
    expect(await office.content(contentPath(bad.body['id']))).toMatchObject({ status: 404 });
    const good = await attach(mother);
    clamd.says = 'INSTREAM size limit exceeded. ERROR';
    expect(await mother.put(good.body['id'], pdf(5))).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
    clamd.says = undefined;
    expect(await mother.put(good.body['id'], pdf(5))).toMatchObject({ status: 200, body: { scan: 'clean' } });
  });
  it('ID-46 is visible to whom it says, file by file; only who opened it sends its bytes', async () => {
    const child = new Caller(await house.customer(provider, family.id, family.people[1] ?? '', 'learner'));
    const sister = new Caller(await house.customer(provider, family.id, family.people[2] ?? '', 'learner'));
    const stranger = await house.family(provider, 'Rossi');
    const neighbour = new Caller(await house.customer(provider, stranger.id, stranger.people[0] ?? ''));
    const statuses = async (visibility: string): Promise<readonly number[]> => {
      const made = await attach(office, { visibility, personId: family.people[1] });
      expect(await mother.put(made.body['id'], pdf(5))).toMatchObject({ status: 404 });
      expect(await office.put(made.body['id'], pdf(5))).toMatchObject({ status: 200 });
      return Promise.all([office, mother, child, sister, neighbour].map(async (who) => (await who.content(contentPath(made.body['id']))).status));
    };
    expect(await statuses('staff')).toEqual([200, 404, 404, 404, 404]);
    expect(await statuses('account')).toEqual([200, 200, 200, 200, 404]);
    expect(await statuses('person')).toEqual([200, 200, 200, 404, 404]);
    const listed = (await sister.send(`/v1/accounts/${family.id}/attachments`)).body['items'] as { visibility: string }[];
    expect(new Set(listed.map((f) => f.visibility))).toEqual(new Set(['account']));
  });
  it('ID-46 removed, its bytes are swept; who sent it removes it, or staff', async () => {
    const made = await attach(office);
    await office.put(made.body['id'], pdf(600_000));
    const path = `/v1/accounts/${family.id}/files/${String(made.body['id'])}`;
    expect(await mother.send(path, { method: 'DELETE' })).toMatchObject({ status: 404 });
    expect(await office.send(path, { method: 'DELETE' })).toMatchObject({ status: 200 });
    expect(await office.send(path)).toMatchObject({ status: 404 });
    await poll('its bytes to be gone', async () => ((await chunksOf(made.body['id'])).length === 0 ? true : undefined));
  });
  it('ID-46 bytes are taken by their own route only', async () => {
    const answer = await send(house.gateway, `/v1/accounts/${family.id}/attachments`, { token: mother.token, headers: { 'content-type': 'application/octet-stream' }, body: 'bytes' });
    expect(answer).toMatchObject({ status: 415, body: { code: 'request.unsupported-media-type' } });
  });
});

describe('ID-40 the profile image', () => {
  it('ID-40 is an image of at most 10 MiB; a new one replaces the old, whose bytes are swept', async () => {
    const path = `/v1/accounts/${family.id}/people/${family.people[1]}/image`;
    expect(await mother.send(path)).toMatchObject({ status: 404 });
    const first = await mother.send(path, { body: {} });
    expect(first).toMatchObject({ status: 201, body: { use: 'profile_image', maxBytes: 10 * mebibyte } });
    expect(await mother.put(first.body['id'], pdf(5))).toMatchObject({ status: 422, body: { code: 'file.type-not-allowed' } });
    const second = await mother.send(path, { body: {} });
    await mother.put(second.body['id'], plainPng());
    expect(await mother.send(path)).toMatchObject({ status: 200, body: { id: second.body['id'], mediaType: 'image/png' } });
    const third = await mother.send(path, { body: {} });
    await mother.put(third.body['id'], plainJpeg);
    expect(await mother.send(path)).toMatchObject({ body: { id: third.body['id'], mediaType: 'image/jpeg' } });
    expect((await mother.content(contentPath(third.body['id']))).bytes.equals(plainJpeg)).toBe(true);
    await poll('the old bytes to be gone', async () => ((await chunksOf(second.body['id'])).length === 0 ? true : undefined));
  });
  it('S4 an image for a custom field is kept under the field\'s name', async () => {
    const path = `/v1/accounts/${family.id}/people/${family.people[2]}/field-images`;
    const made = await office.send(path, { body: { field: 'costume' } });
    await office.put(made.body['id'], plainPng());
    expect(await mother.send(path)).toMatchObject({ status: 200, body: { items: [{ id: made.body['id'], field: 'costume', use: 'field_image' }] } });
  });
});

describe('ID-09 the branded login page', () => {
  it('ID-09 name, logo and colours 200 without token and cacheable; unknown slug 404', async () => {
    const branding = `/v1/public/providers/${provider}/branding`;
    const plain = await send(house.gateway, branding);
    expect(plain).toMatchObject({ status: 200, body: { provider, name: 'Harbour Arts & Sports', logo: null } });
    expect(plain.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await office.send('/v1/branding', { method: 'PATCH', body: { name: 'Harbour', colours: { primary: '#AA0011' } } })).toMatchObject({ status: 200 });
    expect(await mother.send('/v1/branding', { method: 'PATCH', body: { name: 'Mine' } })).toMatchObject({ status: 403 });
    expect(await office.send('/v1/branding', { method: 'PATCH', body: { colours: { primary: 'red' } } })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/colours/primary' }] } });
    const logo = await office.send('/v1/branding/logo', { body: {} });
    await office.put(logo.body['id'], plainPng());
    const { body } = await send(house.gateway, branding);
    expect(body).toMatchObject({ name: 'Harbour', colours: { primary: '#aa0011' }, logo: `/v1/public/providers/${provider}/logo?v=${String(logo.body['id'])}` });
    const image = await fetch(`${house.gateway.url}${String(body['logo'])}`);
    expect([image.status, image.headers.get('content-type'), image.headers.get('cache-control')]).toEqual([200, 'image/png', 'public, max-age=1800']);
    expect(Buffer.from(await image.arrayBuffer()).equals(plainPng())).toBe(true);
    expect(await send(house.gateway, '/v1/public/providers/nobody/branding')).toMatchObject({ status: 404 });
    expect((await fetch(`${house.gateway.url}/v1/public/providers/nobody/logo`)).status).toBe(404);
  });
});
