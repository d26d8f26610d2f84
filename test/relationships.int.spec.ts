import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { poll, publishedEvents } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { House, type Family } from './house.js';

const provider = 'harbour';
let house: House;
let family: Family;
let office: ReturnType<House['as']>;
beforeAll(async () => {
  // two replicas: races are between processes
  house = await House.open([accountsService, accountsService]);
  await house.provider(provider);
  family = await house.family(provider);
  office = house.as(await house.staff(provider));
}, 60_000);
afterAll(() => house?.close());

const pathOf = (account: Family, person: number): string => `/v1/accounts/${account.id}/people/${account.people[person]}/relationships`;
const seen = async (send: ReturnType<House['as']>, account: Family, person: number) => (await send(pathOf(account, person))).body['items'] as { id: string; type: string; name: string; other: unknown }[];

describe('ID-42 relationships', () => {
  it('ID-42 create → visible on both, each in their own words', async () => {
    const guardian = house.as(await house.customer(provider, family.id, family.people[0] ?? ''));
    const made = await guardian(pathOf(family, 1), { body: { type: 'parent', otherPersonId: family.people[0] } });
    expect(made).toMatchObject({ status: 201, body: { type: 'parent', name: 'Ngozi Okafor', other: { personId: family.people[0] } } });
    expect(await seen(guardian, family, 0)).toEqual([{ id: made.body['id'], type: 'child', name: 'Ada Okafor', other: { accountId: family.id, personId: family.people[1] } }]);
    // said again from the other side it is the same one
    expect(await guardian(pathOf(family, 0), { body: { type: 'child', otherPersonId: family.people[1] } })).toMatchObject({ status: 201, body: { id: made.body['id'] } });
    expect(await guardian(pathOf(family, 1), { body: { type: 'sibling', otherPersonId: family.people[2] } })).toMatchObject({ status: 201 });
    expect((await seen(guardian, family, 2)).map((r) => [r.type, r.name])).toEqual([['sibling', 'Ada Okafor']]);
    const events = await poll('the event', async () => {
      const linked = await publishedEvents(house.test, 'accounts.relationship.linked.v1');
      return linked.length >= 2 ? linked : undefined;
    });
    expect(events.map((e) => e.data)).toContainEqual(expect.objectContaining({ type: 'parent', personId: family.people[0], otherPersonId: family.people[1] }));
  });
  it('ID-42 self-relation 422', async () => {
    expect(await office(pathOf(family, 0), { body: { type: 'partner', otherPersonId: family.people[0] } })).toMatchObject({ status: 422, body: { code: 'relationship.with-self', errors: [{ pointer: '/otherPersonId' }] } });
  });
  it('ID-42 of two who say the opposite at once, one is refused', async () => {
    const both = await house.family(provider, 'Race');
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => office(pathOf(both, n % 2), { body: { type: 'parent', otherPersonId: both.people[(n + 1) % 2] } })));
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([201, 409]));
    expect((await seen(office, both, 0)).length).toBe(1);
  });
  it('ID-42 across accounts is for staff; the family sees the name and no way in', async () => {
    const aunt = await house.family(provider, 'Mensah');
    const guardian = house.as(await house.customer(provider, family.id, family.people[0] ?? ''));
    const body = { type: 'emergency', otherPersonId: aunt.people[0], otherAccountId: aunt.id };
    expect(await guardian(pathOf(family, 2), { body })).toMatchObject({ status: 404 });
    expect(await office(pathOf(family, 2), { body })).toMatchObject({ status: 201, body: { type: 'emergency', other: { accountId: aunt.id } } });
    expect(await seen(guardian, family, 2)).toContainEqual(expect.objectContaining({ type: 'emergency', name: 'Ngozi Mensah', other: null }));
    const [back] = await seen(office, aunt, 0);
    expect(back).toMatchObject({ type: 'emergency_for', other: { accountId: family.id } });
    expect(await office(`${pathOf(aunt, 0)}/${back?.id}`, { method: 'DELETE' })).toMatchObject({ status: 200 });
    expect((await seen(office, family, 2)).map((r) => r.type)).not.toContain('emergency');
    expect(await office(`${pathOf(aunt, 0)}/rel_0`, { method: 'DELETE' })).toMatchObject({ status: 404 });
  });
});
