import { z } from 'zod';
import { Id, Money } from '@matricula/contracts';
import { job } from '@matricula/platform';

/** What the sandbox gateway says about a payment. */
export const SandboxEvent = z.object({
  id: z.string(),
  type: z.enum(['payment.succeeded', 'payment.requires_action', 'payment.failed']),
  data: z.object({ paymentId: Id, reference: z.string(), amount: Money, state: z.enum(['succeeded', 'requires_action', 'failed']), reason: z.string().optional() }),
});
export type SandboxEvent = z.infer<typeof SandboxEvent>;

/** Sends one webhook until the platform says it has it. */
export const SendSandboxEvent = job('billing.sendSandboxEvent', { data: SandboxEvent });
