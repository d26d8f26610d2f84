import { describe, expect, it } from '@jest/globals';
import { chance } from '@matricula/testing/chance';
import { array, assert, constantFrom, integer, nat, option, property, record, type Arbitrary } from 'fast-check';
import { fold } from '@matricula/kernel';
import { billingAccount, type BillingAccount, type BillingAccountFact } from './billing-account.js';
import { draftInvoice, finalizeInvoice } from './invoicing.js';
import { giveNumber, numberSeries, type NumberGiven } from './number-series.js';
import { chargeOpening, receivePayment } from './posting.js';
import { unsoundness } from './soundness.js';
import { conclude, emptyProof, examine } from './proof.js';
import { cad, entriesOf, hash, on } from '../../test/moment.js';

type Decide = (account: BillingAccount | undefined) => readonly BillingAccountFact[];

/** What the platform's store does, in memory: a guarded write, a key that has happened happens no more, a lost race decides again. */
class Store {
  account: BillingAccount | undefined;
  readonly facts: BillingAccountFact[] = [];
  readonly numbers: NumberGiven[] = [];
  private readonly keys = new Set<string>();

  /** `rival` gets between reading and writing: what was decided is thrown away. */
  change(decide: Decide, key?: string, rival?: () => void): void {
    if (key !== undefined && this.keys.has(key)) return;
    const stale = attempt(() => decide(this.account));
    if (rival) {
      rival();
      return this.change(decide, key);
    }
    this.account = fold(billingAccount, this.account, stale);
    this.facts.push(...stale);
    for (const entry of entriesOf(stale)) {
      if (entry.key === undefined) continue;
      expect(this.keys.has(entry.key)).toBe(false);
      this.keys.add(entry.key);
    }
    for (const fact of stale) if (fact.type === 'InvoiceDrafted') this.keys.add(`invoice:${fact.invoice.id}`);
  }

  number(invoiceId: string): NumberGiven {
    const known = this.numbers.find((n) => n.invoiceId === invoiceId);
    if (known) return known;
    const [given] = giveNumber(fold(numberSeries, undefined, this.numbers), { invoiceId, prefix: 'HAS', issueDate: '2026-05-20' });
    this.numbers.push(given);
    return given;
  }
}

/** A refusal decides nothing. */
function attempt(decide: () => readonly BillingAccountFact[]): readonly BillingAccountFact[] {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Error && /^(billing|currency)\./.test(error.message)) return [];
    throw error;
  }
}

interface Command {
  readonly what: 'charge' | 'pay' | 'draft' | 'finalize';
  readonly id: number;
  readonly amount: number;
  readonly dueInDays: number;
}

const moment = on('2026-05-20');
function run(store: Store, { what, id, amount, dueInDays }: Command, rival?: () => void): void {
  const existing = (decide: (account: BillingAccount) => readonly BillingAccountFact[]): Decide => (account) => (account ? decide(account) : []);
  if (what === 'charge') {
    const command = { chargeId: `chg_${id}`, kind: 'tuition' as const, amount: cad(amount), description: `Class ${id}`, dueDate: `2026-06-${String(1 + (dueInDays % 28)).padStart(2, '0')}` };
    store.change((account) => chargeOpening(account, 'acc_1', command, moment), `charge:chg_${id}`, rival);
  } else if (what === 'pay') {
    store.change(existing((account) => receivePayment(account, { paymentId: `pay_${id}`, gateway: 'sandbox', amount: cad(amount) }, moment)), `payment:pay_${id}`, rival);
  } else if (what === 'draft') {
    store.change(existing((account) => draftInvoice(account, `inv_${id}`, moment)), `invoice:inv_${id}`, rival);
  } else if (store.account?.openInvoices.some((i) => i.id === `inv_${id}` && i.state === 'draft')) {
    const given = store.number(`inv_${id}`);
    store.change(existing((account) => finalizeInvoice(account, `inv_${id}`, given, moment)), undefined, rival);
  }
}

function sound(store: Store): void {
  const { account, facts } = store;
  if (!account) return;
  expect(unsoundness(account)).toEqual([]);
  const entries = entriesOf(facts);
  const verdict = conclude(entries.reduce((proof, entry) => examine(proof, entry, hash), emptyProof), account, null);
  expect(verdict).toMatchObject({ proven: true, firstBadSeq: null, entries: entries.length });
  // conservation, counted without the code under test
  const charged = facts.reduce((sum, f) => sum + (f.type === 'LedgerCharged' ? f.charge.amount.amount : 0), 0);
  const paid = facts.reduce((sum, f) => sum + (f.type === 'PaymentReceived' ? f.amount.amount : 0), 0);
  expect(account.balances.receivable.amount - account.balances.credit.amount).toBe(charged - paid);
  for (const fact of facts) {
    if (fact.type !== 'CreditAllocated') continue;
    expect(fact.allocations.every((a) => a.amount.amount > 0)).toBe(true);
  }
  // an invoice is paid once, exactly when it is issued and its charges are
  const said = facts.flatMap((f) => (f.type === 'InvoicePaid' ? [f.invoiceId] : []));
  expect(new Set(said).size).toBe(said.length);
  for (const fact of facts) {
    if (fact.type !== 'InvoiceDrafted') continue;
    const issued = facts.some((f) => f.type === 'InvoiceFinalized' && f.invoiceId === fact.invoice.id);
    const owed = account.openCharges.some((c) => fact.invoice.chargeIds.includes(c.id));
    expect(said.includes(fact.invoice.id)).toBe(issued && !owed);
  }
  const numbers = facts.flatMap((f) => (f.type === 'InvoiceFinalized' ? [f.number] : []));
  expect(numbers.toSorted()).toEqual(numbers.map((_, i) => `HAS-2026-${String(i + 1).padStart(6, '0')}`));
}

const command: Arbitrary<Command> = record({
  what: constantFrom('charge', 'charge', 'pay', 'draft', 'finalize'),
  // few ids: duplicates are the rule
  id: integer({ min: 1, max: 9 }),
  amount: integer({ min: 1, max: 20_000 }),
  dueInDays: nat(60),
});
const step = record({ command, rival: option(command, { nil: undefined }) });

describe('D12 any sequence of commands, with duplicates and lost races', () => {
  it('keeps I1 and I3–I7, pays every invoice exactly once and numbers without gaps', () => {
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const store = new Store();
        for (const { command: mine, rival } of steps) {
          run(store, mine, rival && (() => run(store, rival)));
          sound(store);
        }
      }),
      chance(300),
    );
  });
});
