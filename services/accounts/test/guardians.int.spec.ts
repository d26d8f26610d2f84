import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AddPerson, ContactOverridden, GetAccess, GetAccount, GetInvitee, GetPerson, LockContact, MakePrimary, PrimaryChanged, SetGuardianPermissions, UpdatePerson, type AccountInFull, type Actor, type CallContext } from '@matricula/contracts';
import { openService, type RunningService } from '@matricula/platform';
import { customerActor, newKey, poll, publishedEvents, serviceActor, staffActor, startStack, TestBus, type Stack } from '@matricula/testing';
import { accountsService } from '../src/accounts.module.js';
import { create, newTenant } from './fixtures.js';

let stack: Stack;
let test: TestBus;
let service: RunningService;
beforeAll(async () => {
  stack = await startStack();
  [service, test] = await Promise.all([openService(accountsService, stack.env), TestBus.open(stack.natsUrl)]);
}, 60_000);
afterAll(async () => {
  await test?.close();
  await service?.close();
  await stack?.stop();
});

const people = [
  { role: 'primary_guardian' as const, firstName: 'Ngozi', lastName: 'Okafor', email: 'ngozi@example.org' },
  { role: 'secondary_guardian' as const, firstName: 'Femi', lastName: 'Mensah', email: 'femi@example.org', phone: '+14165550134', address: { street: '1 King St W', city: 'Toronto', country: 'CA' } },
  { role: 'learner' as const, firstName: 'Ada', lastName: 'Okafor', birthDate: '2018-03-01' },
];
interface Family {
  readonly account: AccountInFull;
  readonly ids: readonly string[];
  readonly as: (actor: Actor, over?: Partial<CallContext>) => CallContext;
  readonly guardian: (at: number) => Actor;
}
async function newFamily(): Promise<Family> {
  const { as } = await newTenant(test);
  const account = await create(test, as(), { kind: 'family', name: 'Okafor Family', people });
  const ids = account.people.map((p) => p.id);
  const roles = ['primary_guardian', 'secondary_guardian', 'learner'] as const;
  return { account, ids, as: (actor, over) => as({ actor, ...over }), guardian: (at) => customerActor({ accountId: account.id, role: roles[at] ?? 'learner', personId: ids[at] ?? '' }) };
}
const lock = ({ account, ids, as }: Family, at: number, userId = `usr_${at}`) =>
  test.rpc.call(LockContact, as(serviceActor('identity')), { accountId: account.id, personId: ids[at] ?? '', userId, email: people[at]?.email ?? '' });
const person = ({ account, ids, as }: Family, actor: Actor, at: number) => test.rpc.call(GetPerson, as(actor), { accountId: account.id, personId: ids[at] ?? '' });
const change = ({ account, ids, as }: Family, actor: Actor, at: number, { version = 1, ...changes }: Record<string, unknown> & { readonly version?: number }) => test.rpc.call(UpdatePerson, as(actor, { ifMatch: version }), { accountId: account.id, personId: ids[at] ?? '', ...changes });
const whole = { firstName: 'Femi', email: 'femi@example.org', phone: '+14165550134', address: { city: 'Toronto' } };

describe('ID-16 what others see', () => {
  it('ID-16 before acceptance the primary sees everything, after it four fields and no more, in every answer', async () => {
    const family = await newFamily();
    expect(await person(family, family.guardian(0), 1)).toMatchObject(whole);
    await lock(family, 1);
    const seen = await person(family, family.guardian(0), 1);
    expect(seen).toEqual({ id: family.ids[1], name: 'Femi Mensah', actions: [] });
    const { people: all } = await test.rpc.call(GetAccount, family.as(family.guardian(0)), { accountId: family.account.id });
    expect(all[1]).toEqual(seen);
    expect(JSON.stringify(all)).not.toMatch(/femi@|5550134|King St/);
    expect(await person(family, family.guardian(1), 1)).toMatchObject(whole);
    expect(await person(family, staffActor(), 1)).toMatchObject(whole);
    expect(all[2]).toMatchObject({ firstName: 'Ada', birthDate: '2018-03-01' });
  });
  it('ID-16 nor does the secondary see the primary’s, and an instructor who is a guardian is a guardian', async () => {
    const family = await newFamily();
    await lock(family, 0);
    await lock(family, 1);
    expect(Object.keys(await person(family, family.guardian(1), 0)).toSorted()).toEqual(['actions', 'id', 'name']);
    const { grants } = family.guardian(0) as Extract<Actor, { type: 'user' }>;
    const both: Actor = { type: 'user', id: 'usr_both', roles: ['instructor'], grants, sessionId: 'ses_1' };
    expect(Object.keys(await person(family, both, 1)).toSorted()).toEqual(['actions', 'id', 'name']);
  });
  it('ID-14 the indicator and the buttons come from identity, and the lock holds without it', async () => {
    const family = await newFamily();
    const stop = test.answer(GetAccess, ({ personIds }) => ({ items: personIds.map((personId) => ({ personId, indicator: 'Invite Sent' as const, expired: true, deliveryProblem: true, invitationId: 'ivt_1', userId: null, loginEmail: null })) }));
    await test.bus.connection.flush();
    const access = { indicator: 'Invite Sent', expired: true, deliveryProblem: true, invitationId: 'ivt_1' };
    expect(await person(family, family.guardian(0), 1)).toMatchObject({ ...whole, access, actions: ['resendInvitation', 'revoke'] });
    await lock(family, 1);
    expect(await person(family, family.guardian(0), 1)).toEqual({ id: family.ids[1], name: 'Femi Mensah', access, actions: ['resendInvitation', 'revoke'] });
    expect(await person(family, staffActor(), 1)).toMatchObject({ access, actions: ['revoke'] });
    expect(await person(family, family.guardian(1), 1)).toMatchObject({ access, actions: [] });
    stop();
  });
});

describe('ID-15 who changes what', () => {
  it('ID-15 the primary before acceptance, then only the owner', async () => {
    const family = await newFamily();
    expect(await change(family, family.guardian(0), 1, { email: 'femi2@example.org' })).toMatchObject({ email: 'femi2@example.org', version: 2 });
    await lock(family, 1);
    for (const changes of [{ email: 'x@example.org' }, { phone: '+14165550000' }, { firstName: 'X' }, { address: { street: 'x', city: 'x', country: 'CA' } }]) {
      await expect(change(family, family.guardian(0), 1, { ...changes, version: 3 })).rejects.toMatchObject({ code: 'guardian.contact-locked' });
    }
    const [own] = [await person(family, family.guardian(1), 1)];
    expect(own).toMatchObject({ email: 'femi@example.org' });
    expect(await change(family, family.guardian(1), 1, { phone: '+14165550001', version: 3 })).toMatchObject({ phone: '+14165550001' });
    await expect(change(family, family.guardian(1), 2, { firstName: 'X' })).rejects.toMatchObject({ code: 'permission.denied' });
  });
  it('ID-15 changing and accepting at the same moment: whatever was changed was changed before', async () => {
    for (let round = 0; round < 5; round += 1) {
      const family = await newFamily();
      const [changed] = await Promise.allSettled([change(family, family.guardian(0), 1, { phone: '+14165550002' }), lock(family, 1)]);
      if (changed.status === 'rejected') expect(['guardian.contact-locked', 'precondition.failed']).toContain((changed.reason as { code: string }).code);
      const owned = await person(family, family.guardian(1), 1);
      expect(owned).toMatchObject({ phone: changed.status === 'fulfilled' ? '+14165550002' : '+14165550134' });
    }
  });
  it('ID-15 the office needs the right to override, and the owner is told of it', async () => {
    const family = await newFamily();
    await lock(family, 1);
    await expect(change(family, staffActor('front_desk'), 1, { email: 'x@example.org', version: 2 })).rejects.toMatchObject({ code: 'guardian.contact-locked' });
    expect(await change(family, staffActor('administrator'), 1, { email: 'y@example.org', version: 2 })).toMatchObject({ email: 'y@example.org' });
    const [told] = await poll('the override', async () => {
      const events = (await publishedEvents(test, ContactOverridden.type)).filter((e) => JSON.stringify(e.data).includes(family.ids[1] ?? ''));
      return events.length > 0 ? events : undefined;
    });
    expect(told?.data).toEqual({ accountId: family.account.id, personId: family.ids[1], userId: 'usr_1', changed: ['email'], actor: { type: 'user', id: 'usr_staff' } });
  });
  it('SG-01 acceptance makes the address that accepted the person’s own, once, and tells the role', async () => {
    const family = await newFamily();
    const ask = () => test.rpc.call(LockContact, family.as(serviceActor('identity')), { accountId: family.account.id, personId: family.ids[1] ?? '', userId: 'usr_1', email: 'right@example.org' });
    expect(await ask()).toEqual({ role: 'secondary_guardian', roleChange: 0 });
    expect(await ask()).toEqual({ role: 'secondary_guardian', roleChange: 0 });
    expect(await person(family, family.guardian(1), 1)).toMatchObject({ email: 'right@example.org', version: 2 });
    expect(await test.rpc.call(GetInvitee, family.as(serviceActor('identity')), { accountId: family.account.id, personId: family.ids[1] ?? '' })).toEqual({ accountKind: 'family', role: 'secondary_guardian', name: 'Femi Mensah', email: 'right@example.org', contactLocked: true });
    await expect(test.rpc.call(GetInvitee, family.as(staffActor()), { accountId: family.account.id, personId: family.ids[1] ?? '' })).rejects.toMatchObject({ code: 'resource.not-found' });
  });
});

describe('ID-11 the primary guardian', () => {
  const makePrimary = ({ account, as }: Family, actor: Actor, personId: string) => test.rpc.call(MakePrimary, as(actor), { accountId: account.id, personId });
  const primaries = async ({ account, as }: Family) => (await test.rpc.call(GetAccount, as(staffActor()), { accountId: account.id })).people.filter((p) => 'role' in p && p.role === 'primary_guardian').map((p) => p.id);
  it('ID-11 is handed over by the primary or the office, by nobody else, and told once', async () => {
    const family = await newFamily();
    const [first = '', second = '', child = ''] = family.ids;
    await expect(makePrimary(family, family.guardian(1), second)).rejects.toMatchObject({ code: 'permission.denied' });
    await expect(makePrimary(family, family.guardian(0), child)).rejects.toMatchObject({ code: 'guardian.not-a-guardian' });
    expect(await makePrimary(family, family.guardian(0), second)).toMatchObject({ primaryGuardianId: second });
    await makePrimary(family, staffActor(), second);
    expect(await primaries(family)).toEqual([second]);
    await makePrimary(family, staffActor(), first);
    expect(await primaries(family)).toEqual([first]);
    const told = await poll('two changes', async () => {
      const events = (await publishedEvents(test, PrimaryChanged.type)).filter((e) => JSON.stringify(e.data).includes(family.account.id));
      return events.length >= 2 ? events : undefined;
    });
    expect(told.map((e) => e.data)).toMatchObject([{ personId: second, previousPersonId: first, roleChange: 1 }, { personId: first, previousPersonId: second, roleChange: 2 }]);
  });
  it('ID-11 racers for the first place leave exactly one primary, and none is lost', async () => {
    const family = await newFamily();
    const others = await Promise.all([1, 2, 3].map((n) => test.rpc.call(AddPerson, family.as(staffActor(), { idempotencyKey: newKey() }), { accountId: family.account.id, role: 'secondary_guardian', firstName: `Aunt ${n}`, lastName: 'Okafor' })));
    await Promise.all([...others.map((o) => o.id), ...family.ids.slice(0, 2)].map((id) => makePrimary(family, staffActor(), id)));
    expect(await primaries(family)).toHaveLength(1);
    const { people: all } = await test.rpc.call(GetAccount, family.as(staffActor()), { accountId: family.account.id });
    expect(all.filter((p) => 'role' in p && p.role === 'secondary_guardian')).toHaveLength(4);
  });
  it('S1 a secondary’s permissions are set by the primary or the office and shown to the secondary', async () => {
    const family = await newFamily();
    const body = { accountId: family.account.id, personId: family.ids[1] ?? '', permissions: ['make_payments' as const] };
    await expect(test.rpc.call(SetGuardianPermissions, family.as(family.guardian(1)), body)).rejects.toMatchObject({ code: 'permission.denied' });
    expect(await test.rpc.call(SetGuardianPermissions, family.as(family.guardian(0)), body)).toMatchObject({ permissions: ['make_payments'] });
    expect(await person(family, family.guardian(1), 1)).toMatchObject({ permissions: ['make_payments'] });
  });
});
