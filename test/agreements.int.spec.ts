import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { poll, publishedEvents } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { House, type Family } from './house.js';

type Send = ReturnType<House['as']>;
interface Drawn {
  readonly id: string;
  readonly current: { readonly id: string; readonly textHash: string };
  readonly version: number;
}

let house: House;
let tenants = 0;
beforeAll(async () => {
  // two replicas: races are between processes
  house = await House.open([accountsService, accountsService], {}, '2026-08-01T16:00:00.000Z');
}, 60_000);
afterAll(() => house?.close());

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A provider with one family, the office and the mother. */
async function scene(): Promise<{ provider: string; family: Family; office: Send; mother: Send; draw: (over?: Record<string, unknown>) => Promise<Drawn>; publish: (agreement: Drawn, text: string) => Promise<Drawn> }> {
  const provider = await house.provider(`harbour-${(tenants += 1)}`);
  const family = await house.family(provider);
  const office = house.as(await house.staff(provider));
  const mother = house.as(await house.customer(provider, family.id, family.people[0] ?? ''));
  const draw = async (over = {}): Promise<Drawn> => {
    const { status, body } = await office('/v1/agreements', { body: { title: 'Photo Policy', audience: 'family', text: 'We take photos.\nÖffentlich.', ...over } });
    expect(status).toBe(201);
    return body as unknown as Drawn;
  };
  const publish = async (agreement: Drawn, text: string): Promise<Drawn> => {
    const { status, body } = await office(`/v1/agreements/${agreement.id}/versions`, { body: { text }, headers: { 'if-match': `"${agreement.version}"` } });
    expect(status).toBe(201);
    return body as unknown as Drawn;
  };
  return { provider, family, office, mother, draw, publish };
}

const sign = (send: Send, family: Family, { id, current }: Drawn, over = {}) => send(`/v1/accounts/${family.id}/signatures`, { body: { agreementId: id, textHash: current.textHash, ...over } });
const states = async (send: Send, family: Family, query = '') => (await send(`/v1/accounts/${family.id}/agreements${query}`)).body['items'] as { state: string; subjectPersonId: string | null }[];
const newChild = { role: 'learner', firstName: 'Zola', lastName: 'Okafor', birthDate: '2021-05-05' };

describe('ID-24 adding and editing a student', () => {
  it('ID-24 add with stale policy → 409 agreement.outdated with ids, until the latest is accepted', async () => {
    const { family, office, mother, draw, publish } = await scene();
    const policy = await draw();
    const people = `/v1/accounts/${family.id}/people`;
    const blocked = { status: 409, body: { code: 'agreement.outdated', agreementIds: [policy.id] } };
    expect(await mother(people, { body: newChild })).toMatchObject(blocked);
    expect(await mother(`${people}/${family.people[1]}`, { method: 'PATCH', body: { firstName: 'Adaeze' }, headers: { 'if-match': '"1"' } })).toMatchObject(blocked);
    expect(await sign(mother, family, policy)).toMatchObject({ status: 201, body: { kind: 'accepted', authority: 'account', subjectPersonId: null } });
    expect(await mother(people, { body: newChild })).toMatchObject({ status: 201 });
    await publish(policy, 'We take photos and films.');
    expect(await mother(people, { body: { ...newChild, firstName: 'Yemi' } })).toMatchObject(blocked);
    // the office is not held up, and a contact is no student
    expect(await office(people, { body: { ...newChild, firstName: 'Xola' } })).toMatchObject({ status: 201 });
    expect(await mother(people, { body: { role: 'additional_contact', firstName: 'Obi', lastName: 'Okafor' } })).toMatchObject({ status: 201 });
  });
  it('ID-24 editing a student needs that student\'s own policies, not those of the others', async () => {
    const { family, mother, draw } = await scene();
    const waiver = await draw({ title: 'Waiver', audience: 'student' });
    const edit = (n: number) => mother(`/v1/accounts/${family.id}/people/${family.people[n]}`, { method: 'PATCH', body: { firstName: 'New' }, headers: { 'if-match': '"1"' } });
    expect(await sign(mother, family, waiver, { learnerId: family.people[1] })).toMatchObject({ status: 201, body: { authority: 'guardian', subjectPersonId: family.people[1] } });
    expect([(await edit(1)).status, (await edit(2)).status]).toEqual([200, 409]);
    // answered with no is answered
    expect(await sign(mother, family, waiver, { learnerId: family.people[2], decision: 'decline' })).toMatchObject({ status: 201, body: { kind: 'declined' } });
    expect((await edit(2)).status).toBe(200);
  });
});

describe('B-16 the agreements ledger', () => {
  it('B-16 export proves the text: its SHA-256 is what was signed, by whom, for whom, when and how', async () => {
    const { family, mother, draw, publish } = await scene();
    const waiver = await draw({ title: 'Waiver', audience: 'student', text: 'Swim at your own risk — Größe 1.\n' });
    const signed = await sign(mother, family, waiver, { learnerId: family.people[1] });
    await publish(waiver, 'Swim at our risk.');
    const proof = await mother(`/v1/accounts/${family.id}/signatures/${signed.body['id']}`);
    expect(proof).toMatchObject({ status: 200, body: { title: 'Waiver', versionNumber: 1, text: 'Swim at your own risk — Größe 1.\n', clientAddress: '127.0.0.1', signature: { signerPersonId: family.people[0], subjectPersonId: family.people[1], authority: 'guardian', method: 'online', at: '2026-08-01T16:00:00.000Z' } } });
    const { text, signature } = proof.body as { text: string; signature: { textHash: string } };
    expect(hashOf(text)).toBe(signature.textHash);
    expect(await states(mother, family, `?learnerId=${family.people[1]}`)).toMatchObject([{ state: 'outdated' }]);
    const events = await poll('the event', async () => (await publishedEvents(house.test, 'accounts.signature.recorded.v1')).find((e) => e.subject === signed.body['id']));
    expect(events.data).not.toHaveProperty('clientAddress');
  });
  it('B-16 a new version asks again, unless the agreement says otherwise; what was signed is the text that was shown', async () => {
    const { family, office, mother, draw, publish } = await scene();
    const policy = await draw();
    await sign(mother, family, policy);
    const next = await publish(policy, 'Another text.');
    expect(await states(mother, family)).toMatchObject([{ state: 'outdated' }]);
    expect(await sign(mother, family, policy)).toMatchObject({ status: 409, body: { code: 'agreement.outdated', agreementIds: [policy.id] } });
    expect(await office(`/v1/agreements/${policy.id}`, { method: 'PATCH', body: { resignOnNewVersion: false }, headers: { 'if-match': `"${next.version}"` } })).toMatchObject({ status: 200 });
    expect(await states(mother, family)).toMatchObject([{ state: 'accepted' }]);
    expect(await office(`/v1/agreements/${policy.id}/versions`, { body: { text: 'Late' }, headers: { 'if-match': '"1"' } })).toMatchObject({ status: 412 });
    expect((await mother(`/v1/agreements/${policy.id}/versions/${policy.current.id}`)).body).toMatchObject({ text: 'We take photos.\nÖffentlich.', textHash: policy.current.textHash });
  });
  it('B-16 signed twice at once is one entry; taken back is an entry of its own, and it can be signed again', async () => {
    const { family, mother, draw } = await scene();
    const policy = await draw();
    const answers = await Promise.all(Array.from({ length: 10 }, () => sign(mother, family, policy)));
    expect(new Set(answers.map((a) => `${a.status} ${a.body['id']}`)).size).toBe(1);
    const first = String(answers[0]?.body['id']);
    const taken = await Promise.all([1, 2].map(() => mother(`/v1/accounts/${family.id}/signatures/${first}/withdrawal`, { body: {} })));
    expect(new Set(taken.map((t) => `${t.status} ${t.body['id']} ${t.body['withdraws']}`)).size).toBe(1);
    expect(await states(mother, family)).toMatchObject([{ state: 'missing' }]);
    expect((await sign(mother, family, policy)).body['id']).not.toBe(first);
    const { body } = await mother(`/v1/accounts/${family.id}/signatures`);
    expect((body['items'] as { kind: string }[]).map((e) => e.kind)).toEqual(['accepted', 'withdrawn', 'accepted']);
  });
  it('B-16 an agreement that is signed every time counts for its occasion only', async () => {
    const { family, mother, draw } = await scene();
    const trip = await draw({ title: 'Excursion', audience: 'student', signing: 'every_time' });
    expect(await states(mother, family)).toEqual([]);
    expect(await sign(mother, family, trip, { learnerId: family.people[1] })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/occasion' }] } });
    expect(await sign(mother, family, trip, { learnerId: family.people[1], occasion: 'cls_zoo' })).toMatchObject({ status: 201, body: { occasion: 'cls_zoo' } });
    const forChild = `?learnerId=${family.people[1]}&occasion=`;
    expect([await states(mother, family, `${forChild}cls_zoo`), await states(mother, family, `${forChild}cls_sea`)]).toMatchObject([[{ state: 'accepted' }], [{ state: 'missing' }]]);
  });
  it('B-16 who may sign: not a child for itself, not staff in a family\'s name; paper is written down for the guardian who signed it', async () => {
    const { provider, family, office, mother, draw } = await scene();
    const [waiver, policy] = [await draw({ title: 'Waiver', audience: 'student' }), await draw()];
    const child = house.as(await house.customer(provider, family.id, family.people[1] ?? '', 'learner'));
    expect(await sign(child, family, waiver, { learnerId: family.people[1] })).toMatchObject({ status: 422, body: { code: 'agreement.no-authority' } });
    expect(await sign(office, family, policy)).toMatchObject({ status: 422, body: { code: 'agreement.no-authority' } });
    expect(await sign(mother, family, policy, { decision: 'decline' })).toMatchObject({ status: 422, body: { code: 'agreement.accept-only' } });
    const brother = house.as(await house.customer(provider, family.id, family.people[2] ?? '', 'learner'));
    expect((await states(brother, family)).map((s) => s.subjectPersonId)).toEqual(expect.not.arrayContaining([family.people[1]]));
    const paper = { agreementId: waiver.id, textHash: waiver.current.textHash, learnerId: family.people[1], signerPersonId: family.people[0], method: 'paper' };
    expect(await mother(`/v1/accounts/${family.id}/recorded-signatures`, { body: paper })).toMatchObject({ status: 403 });
    expect(await office(`/v1/accounts/${family.id}/recorded-signatures`, { body: paper })).toMatchObject({ status: 201, body: { method: 'paper', authority: 'guardian', signerPersonId: family.people[0], recordedBy: 'usr_administrator' } });
    expect(await office(`/v1/accounts/${family.id}/recorded-signatures`, { body: { ...paper, signerPersonId: family.people[2], learnerId: family.people[2] } })).toMatchObject({ status: 422, body: { code: 'agreement.no-authority' } });
    const stranger = await house.family(provider, 'Rossi');
    expect(await house.as(await house.customer(provider, stranger.id, stranger.people[0] ?? ''))(`/v1/accounts/${family.id}/signatures`)).toMatchObject({ status: 404 });
  });
});
