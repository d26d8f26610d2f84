import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id } from './fields.js';
import { command, event, query } from './kit.js';

/** What the other person is to this one; `child` mirrors `parent`, `emergency_for` mirrors `emergency` (ID-42). */
export const RelationshipType = z.enum(['parent', 'child', 'sibling', 'partner', 'emergency', 'emergency_for']).meta({ id: 'RelationshipType' });
export const Relationship = z
  .object({
    id: Id,
    type: RelationshipType.meta({ description: 'What the other person is to this one' }),
    name: z.string().meta({ description: 'Of the other person' }),
    other: z.object({ accountId: Id, personId: Id }).nullable().meta({ description: 'null when the other person is in an account the caller may not read' }),
  })
  .meta({ id: 'Relationship' });
export type Relationship = z.infer<typeof Relationship>;

export const LinkRelationship = command('accounts.linkRelationship', {
  summary: 'Say what another person is to this one; it shows on both. Across accounts: staff only (ID-42)',
  request: z.strictObject({ accountId: Id, personId: Id, type: RelationshipType, otherPersonId: Id, otherAccountId: Id.optional().meta({ description: 'Left out: the same account' }) }),
  reply: Relationship,
  access: { who: 'user', may: 'relationships.write', account: 'accountId' },
  rejects: ['resource.not-found', 'relationship.with-self', 'relationship.contradiction', 'relationship.too-many'],
});
export const UnlinkRelationship = command('accounts.unlinkRelationship', {
  summary: 'Take a relationship back, on both',
  request: z.strictObject({ accountId: Id, personId: Id, relationshipId: Id }),
  reply: z.object({ removed: z.literal(true) }),
  access: { who: 'user', may: 'relationships.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const ListRelationships = query('accounts.listRelationships', {
  summary: 'What others are to this person',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: z.object({ items: z.array(Relationship) }),
  access: { who: 'user', may: 'relationships.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});

const Linked = z.object({ relationshipId: Id, type: z.enum(['parent', 'sibling', 'partner', 'emergency']), personId: Id.meta({ description: 'Who is the parent or the emergency contact' }), accountId: Id, otherPersonId: Id, otherAccountId: Id, actor: EventActor });
export const RelationshipLinked = event('accounts.relationship.linked.v1', { summary: 'Two people were related', data: Linked });
export const RelationshipUnlinked = event('accounts.relationship.unlinked.v1', { summary: 'Two people are related no more', data: Linked });
