import { describe, expect, it } from '@jest/globals';
import { demandPayer } from './payer.js';

describe('the payer of a charge', () => {
  it('ID-03 is never a child', () => {
    expect(() => demandPayer('learner')).toThrow(expect.objectContaining({ code: 'billing.child-not-billable' }));
  });
  it.each(['primary_guardian', 'secondary_guardian', 'independent', 'manager'])('ID-03 may be a %s', (role) => {
    expect(() => demandPayer(role)).not.toThrow();
  });
});
