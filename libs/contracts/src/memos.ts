import { z } from 'zod';
import { Id, Instant, page, paging } from './fields.js';
import { command, query } from './kit.js';

/** `health` is special: whoever reads such a memo is written down (ID-44). */
export const MemoCategory = z.enum(['general', 'billing', 'behaviour', 'health']).meta({ id: 'MemoCategory' });
export const MemoText = z.string().trim().min(1).max(2_000).regex(/^[^\p{Cc}]*(?:[\n\t][^\p{Cc}]*)*$/u, 'no control characters but line breaks and tabs');
export const Memo = z
  .object({ id: Id, accountId: Id, personId: Id.nullable().meta({ description: 'null: about the whole account' }), category: MemoCategory, text: z.string(), starred: z.boolean().meta({ description: 'Shown on the rosters of the learner\'s classes' }), writtenBy: z.string(), writtenAt: Instant, changedAt: Instant, version: z.int() })
  .meta({ id: 'Memo', description: 'An internal note; staff only, never told to a customer' });
export type Memo = z.infer<typeof Memo>;

export const AddMemo = command('accounts.addMemo', {
  summary: 'Write an internal memo about an account or one of its people (ID-44)',
  request: z.strictObject({ accountId: Id, personId: Id.optional(), category: MemoCategory.default('general'), text: MemoText, starred: z.boolean().default(false) }),
  reply: Memo,
  access: { who: 'user', may: 'memos.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const UpdateMemo = command('accounts.updateMemo', {
  summary: 'Change or star a memo; a starred one shows on the class roster; needs If-Match',
  request: z.strictObject({ accountId: Id, memoId: Id, category: MemoCategory.optional(), text: MemoText.optional(), starred: z.boolean().optional() }),
  reply: Memo,
  access: { who: 'user', may: 'memos.write', account: 'accountId' },
  rejects: ['resource.not-found'],
  versioned: true,
});
export const RemoveMemo = command('accounts.removeMemo', {
  summary: 'Remove a memo for good; its text is forgotten',
  request: z.strictObject({ accountId: Id, memoId: Id }),
  reply: z.object({ removed: z.literal(true) }),
  access: { who: 'user', may: 'memos.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const ListMemos = query('accounts.listMemos', {
  summary: 'Memos of an account, the newest first; reading one of category health is written down',
  request: z.strictObject({ accountId: Id, personId: Id.optional(), ...paging }),
  reply: page(Memo),
  access: { who: 'user', may: 'memos.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const HealthMemoRead = z
  .object({ id: Id, accountId: Id, memoIds: z.array(Id), readBy: z.string(), via: z.enum(['list', 'change', 'roster']), readAt: Instant })
  .meta({ id: 'HealthMemoRead', description: 'Somebody read memos of category health' });
export type HealthMemoRead = z.infer<typeof HealthMemoRead>;
export const ListHealthMemoReads = query('accounts.listHealthMemoReads', {
  summary: 'Who read the health memos of an account, the latest first',
  request: z.strictObject({ accountId: Id, ...paging }),
  reply: page(HealthMemoRead),
  access: { who: 'user', may: 'audit.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
/** Learners that are described at once: with five memos each the answer stays below what NATS carries. */
export const maxDescribedLearners = 20;
export const DescribeLearners = query('accounts.describeLearners', {
  summary: 'Names and starred memos of the learners of a roster (ID-44); whoever is unknown is left out',
  request: z.strictObject({ learners: z.array(z.strictObject({ accountId: Id, learnerId: Id })).max(maxDescribedLearners) }),
  reply: z.object({ learners: z.array(z.object({ accountId: Id, learnerId: Id, name: z.string(), memos: z.array(Memo.pick({ id: true, category: true, text: true })) })) }),
  access: { who: 'service' },
});
