import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { allEvents, allProcedures, may, Permission, problems, type Actor } from './index.js';

const user = (over: Partial<Extract<Actor, { type: 'user' }>>): Actor => ({ type: 'user', id: 'usr_1', roles: [], grants: [], sessionId: 's', ...over });

describe('contracts', () => {
  it('every procedure refuses only with codes of the catalogue and can be shown as JSON Schema', () => {
    for (const p of allProcedures()) {
      expect(Object.keys(problems)).toEqual(expect.arrayContaining([...p.rejects]));
      expect(() => z.toJSONSchema(p.request, { io: 'input' })).not.toThrow();
      expect(() => z.toJSONSchema(p.reply)).not.toThrow();
    }
  });
  it('a procedure for users names a request field that holds the account', () => {
    for (const p of allProcedures()) {
      if (p.access.who !== 'user' || p.access.account === undefined || p.access.account === 'loaded') continue;
      const schema = z.toJSONSchema(p.request, { io: 'input' });
      expect(schema.required ?? []).toContain(p.access.account);
    }
  });
  it('every event names its actor and fits 20 kB of schema', () => {
    for (const e of allEvents()) {
      const schema = z.toJSONSchema(e.data);
      expect(schema.required).toContain('actor');
    }
  });
  it('no refusal text has a status outside 400–599', () => {
    for (const text of Object.values(problems)) expect(text.status).toBeGreaterThanOrEqual(400);
  });
});

describe('access', () => {
  const family = (accountId: string) => ({ accountId, role: 'primary_guardian' as const, personId: 'per_1' });
  it("ID-04 a guardian acts in her own account, another family's does not exist for her", () => {
    const guardian = user({ grants: [family('acc_1')] });
    expect(may(guardian, 'billing.read', 'acc_1')).toBe('yes');
    expect(may(guardian, 'billing.read', 'acc_2')).toBe('hidden');
    expect(may(guardian, 'accounts.import')).toBe('no');
  });
  it('ID-07 an additional contact sees no billing', () => {
    const contact = user({ grants: [{ accountId: 'acc_1', role: 'additional_contact', personId: 'per_2' }] });
    expect(may(contact, 'billing.read', 'acc_1')).toBe('no');
    expect(may(contact, 'enrolments.read', 'acc_1')).toBe('yes');
  });
  it('nobody may do anything without signing in', () => {
    for (const p of Permission.options) expect(may({ type: 'anonymous', id: 'anonymous' }, p, 'acc_1')).toBe('no');
  });
});
