import { Rejection } from '@matricula/kernel';

/** Roles of those who are never billed themselves (ID-03). */
const children: ReadonlySet<string> = new Set(['learner']);

/** A child is never the payer: the family is responsible for everything. Rejects `billing.child-not-billable`. */
export function demandPayer(role: string): void {
  if (children.has(role)) throw new Rejection('billing.child-not-billable', { errors: [{ pointer: '/payerId', code: 'payer.child', detail: 'Choose a guardian, or leave the payer out.' }] });
}
