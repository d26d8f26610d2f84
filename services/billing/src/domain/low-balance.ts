import { fold, money } from '@matricula/kernel';
import { balancesOf, billingAccount, type BillingAccount, type BillingAccountFact } from './billing-account.js';
import type { Moment } from './journal.js';
import { standardTerms, type Audience } from './terms.js';

const audiences: readonly Audience[] = ['client', 'manager'];

/**
 * The alerts that belong into the same write as the facts: one when Available is below the threshold and none was sent
 * since it was last at it or above (D7, E3). Equal to the threshold is not below.
 */
export function withAlerts(account: BillingAccount | undefined, facts: readonly BillingAccountFact[], moment: Moment): readonly BillingAccountFact[] {
  const after = fold(billingAccount, account, facts);
  if (after === undefined || after.unopened) return facts;
  const { lowBalance } = moment.terms ?? standardTerms;
  const { available } = balancesOf(after);
  const alerts = audiences.flatMap((audience): readonly BillingAccountFact[] => {
    const threshold = lowBalance[audience];
    const told = after.lowBalance[audience] === true;
    const low = threshold !== null && available.amount < threshold;
    if (low && !told) return [{ type: 'LowBalanceReached', audience, threshold: money(threshold, after.currency), available, at: moment.now }];
    return told && !low ? [{ type: 'LowBalanceRecovered', audience, at: moment.now }] : [];
  });
  return [...facts, ...alerts];
}
