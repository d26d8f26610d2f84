import { describe, expect, it } from '@jest/globals';
import { requireMayRevoke, requireMaySend, type Sender } from './inviting.js';
import type { AccountRole } from './user.js';

const office: Sender = { isOffice: true, roles: [], personIds: [] };
const as = (role: AccountRole, personId = 'per_me'): Sender => ({ isOffice: false, roles: [role], personIds: [personId] });
const who = (role: AccountRole, personId = 'per_1') => ({ role, personId });

describe('who invites', () => {
  it('ID-13 in a family the primary guardian invites the others, the office the primary', () => {
    requireMaySend(as('primary_guardian'), who('secondary_guardian'), 'family');
    requireMaySend(as('primary_guardian'), who('additional_contact'), 'family');
    requireMaySend(office, who('primary_guardian'), 'family');
    expect(() => requireMaySend(office, who('secondary_guardian'), 'family')).toThrow('invitation.by-primary');
    expect(() => requireMaySend(as('secondary_guardian'), who('additional_contact'), 'family')).toThrow('invitation.by-primary');
    expect(() => requireMaySend(as('primary_guardian'), who('primary_guardian'), 'family')).toThrow('invitation.by-office');
  });
  it('ID-13 organisations and independent learners: the office or a manager', () => {
    requireMaySend(office, who('employee'), 'organization');
    requireMaySend(office, who('independent'), 'independent');
    requireMaySend(as('manager'), who('employee'), 'organization');
  });
  it('ID-13 the office withdraws everywhere, the primary from the others, nobody from themselves', () => {
    requireMayRevoke(office, who('primary_guardian'));
    requireMayRevoke(as('primary_guardian'), who('secondary_guardian'));
    expect(() => requireMayRevoke(as('primary_guardian'), who('primary_guardian'))).toThrow('invitation.by-office');
    expect(() => requireMayRevoke(as('additional_contact', 'per_1'), who('additional_contact', 'per_1'))).toThrow('invitation.by-office');
  });
});
