import { describe, expect, it } from '@jest/globals';
import { AccountRole, capabilitiesOf, FlagId, isOn, may, Permission, settings, StaffRole, visiblePeople, type Actor, type Asked, type Capability, type GrantInForce, type ManagerScope, type UserActor } from './index.js';

const user = (over: Partial<UserActor>): UserActor => ({ type: 'user', id: 'usr_1', roles: [], grants: [], sessionId: 's', ...over });
const grant = (role: AccountRole, over: Partial<GrantInForce> = {}): GrantInForce => ({ accountId: 'acc_1', role, personId: 'per_1', ...over });

/** Mulberry32: the same series every time. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('who sees what', () => {
  it('ID-05 a child sees herself only: no siblings, no billing', () => {
    const child = user({ grants: [grant('learner')] });
    expect(may(child, 'enrolments.read', 'acc_1', { personId: 'per_1' })).toBe('yes');
    expect(may(child, 'enrolments.read', 'acc_1', { personId: 'per_2' })).toBe('hidden');
    expect(may(child, 'billing.read', 'acc_1')).toBe('no');
    expect(visiblePeople(child, 'enrolments.read', 'acc_1')).toEqual(['per_1']);
    expect(visiblePeople(user({ grants: [grant('primary_guardian'), grant('learner')] }), 'enrolments.read', 'acc_1')).toBeUndefined();
  });
  it('ID-06 an independent student sees her schedule, invoices, payments and balances', () => {
    const student = user({ grants: [grant('independent', { kind: 'independent' })] });
    for (const p of ['enrolments.read', 'billing.read', 'billing.pay', 'billing.methods'] as const) expect(may(student, p, 'acc_1')).toBe('yes');
  });
  it('BI-18 a secondary guardian may save methods; pays and sees the ledger only when the primary granted it', () => {
    for (const ledger of [false, true]) {
      for (const pays of [false, true]) {
        const secondary = user({ grants: [grant('secondary_guardian', { flags: { 'guardian.secondary.view_full_ledger': ledger, 'guardian.secondary.make_payments': pays } })] });
        expect([may(secondary, 'billing.methods', 'acc_1'), may(secondary, 'billing.read', 'acc_1') === 'yes', may(secondary, 'billing.pay', 'acc_1') === 'yes']).toEqual(['yes', ledger, pays]);
      }
    }
  });
  it('ID-32 in a disabled account nothing is allowed, in another one as before', () => {
    const guardian = user({ grants: [grant('primary_guardian', { status: 'disabled' }), grant('primary_guardian', { accountId: 'acc_2' })] });
    expect([may(guardian, 'accounts.read', 'acc_1'), may(guardian, 'accounts.read', 'acc_2')]).toEqual(['disabled', 'yes']);
  });
  it('portal.enabled off closes the platform to that kind of profile', () => {
    expect(may(user({ grants: [grant('learner', { flags: { 'portal.enabled.learner': false } })] }), 'enrolments.read', 'acc_1')).toBe('closed');
  });
  it('a flag that is off is off for customers; for staff only where it binds everyone', () => {
    const guardian = user({ grants: [grant('primary_guardian', { flags: { 'portal.transactionsPage': false } })] });
    const office = user({ roles: ['administrator'], flags: { 'portal.transactionsPage': false } });
    expect(may(guardian, 'billing.read', 'acc_1', { flag: 'portal.transactionsPage' })).toBe('off');
    expect(may(office, 'billing.read', 'acc_1', { flag: 'portal.transactionsPage' })).toBe('yes');
    expect(may(office, 'attachments.read', 'acc_1', { flag: 'addon.profileAttachments' })).toBe('off');
    expect(may({ ...office, flags: { 'addon.profileAttachments': true } }, 'attachments.read', 'acc_1', { flag: 'addon.profileAttachments' })).toBe('yes');
    expect(may({ ...office, named: { accountId: 'acc_1', inScope: false, flags: { 'addon.profileAttachments': true } } }, 'attachments.read', 'acc_1', { flag: 'addon.profileAttachments' })).toBe('yes');
  });
  it('ID-34 a manager reaches the accounts in her scope, others do not exist for her', () => {
    const scopes: ManagerScope[] = [{ level: 'group', groupId: 'grp_1' }, { level: 'account', accountId: 'acc_5' }];
    for (const manager of [user({ roles: ['account_manager'], scopes }), user({ grants: [grant('manager')], scopes })]) {
      expect(may(manager, 'accounts.read', 'acc_5')).toBe('yes');
      expect(may(manager, 'accounts.read', 'acc_7')).toBe('hidden');
      expect(may({ ...manager, named: { accountId: 'acc_7', inScope: true, flags: {} } }, 'accounts.read', 'acc_7')).toBe('yes');
      expect(may({ ...manager, named: { accountId: 'acc_7', inScope: false, flags: {} } }, 'accounts.read', 'acc_7')).toBe('hidden');
      expect(may(manager, 'catalogue.write')).toBe('no');
    }
    expect(may(user({ roles: ['account_manager'] }), 'accounts.read', 'acc_1')).toBe('hidden');
  });
});

describe('capabilities', () => {
  const accounts = ['acc_1', 'acc_2', 'acc_3'];
  const people = ['per_1', 'per_2'];
  const pick = <T>(chance: () => number, from: readonly T[]): T => from.at(Math.floor(chance() * from.length)) as T;
  const some = <T>(chance: () => number, most: number, make: () => T): T[] => Array.from({ length: Math.floor(chance() * (most + 1)) }, make);

  function anyActor(chance: () => number): UserActor {
    const flags = () => Object.fromEntries(some(chance, 12, () => [pick(chance, FlagId.options), chance() < 0.5]));
    const anyGrant = (): GrantInForce => ({ accountId: pick(chance, accounts), personId: pick(chance, people), role: pick(chance, AccountRole.options), status: chance() < 0.15 ? 'disabled' : 'enabled', flags: flags() });
    const scope = (): ManagerScope => pick<ManagerScope>(chance, [{ level: 'platform' }, { level: 'account', accountId: pick(chance, accounts) }, { level: 'group', groupId: 'grp_1' }]);
    return user({ roles: some(chance, 2, () => pick(chance, StaffRole.options)), grants: some(chance, 4, anyGrant), flags: flags(), scopes: some(chance, 2, scope) });
  }
  const covers = (c: Capability, accountId: string, personId: string): boolean =>
    (c.accountId === null || c.accountId === accountId) && (c.within === undefined || c.within.some((s) => s.level === 'platform' || (s.level === 'account' && s.accountId === accountId))) && (c.personId === undefined || c.personId === personId);

  it('ID-08 say exactly what is allowed, over all roles, grants, states, scopes and flags', () => {
    const chance = chanceFrom(8);
    for (let round = 0; round < 400; round += 1) {
      const plain = anyActor(chance);
      const accountId = pick(chance, accounts);
      const named = { accountId, inScope: chance() < 0.5, flags: plain.flags ?? {} };
      for (const actor of [plain, { ...plain, named }] as const) {
        const told = capabilitiesOf(actor);
        const personId = pick(chance, people);
        for (const permission of Permission.options) {
          for (const flag of [undefined, pick(chance, FlagId.options), pick(chance, FlagId.options)]) {
            const asked: Asked = { personId, flag };
            const allowed = may(actor, permission, accountId, asked) === 'yes';
            const shown = told.some((c) => covers(c, accountId, personId) && c.permissions.includes(permission) && (flag === undefined || c.features.includes(flag)));
            if (allowed !== shown) throw new Error(`${permission} behind ${flag}: allowed ${allowed}, told ${shown} to ${JSON.stringify(actor)}`);
          }
        }
      }
    }
  });
  it('nobody but users is told any, and nobody may do anything without signing in', () => {
    for (const actor of [{ type: 'anonymous', id: 'anonymous' }, { type: 'operator', id: 'operator' }] as const satisfies readonly Actor[]) expect(capabilitiesOf(actor)).toEqual([]);
  });
  it('every flag is what the registry says until it is set', () => {
    for (const flag of FlagId.options) {
      expect(isOn({}, flag)).toBe(settings[flag].default);
      expect(isOn({ [flag]: !settings[flag].default }, flag)).toBe(!settings[flag].default);
    }
  });
});
