import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id } from './fields.js';
import { command, event, query } from './kit.js';

/** An outside system as the provider calls it, such as `mailing-list`. */
export const Integration = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and hyphens').meta({ id: 'Integration' });
export const PersonSync = z.object({ accountId: Id, personId: Id, off: z.array(Integration).meta({ description: 'Integrations that hear nothing of this person; all others do' }), version: z.int() }).meta({ id: 'PersonSync' });
export type PersonSync = z.infer<typeof PersonSync>;

export const GetPersonSync = query('accounts.getPersonSync', {
  summary: 'Which integrations hear of a person (ID-47)',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: PersonSync,
  access: { who: 'user', may: 'sync.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const SetPersonSync = command('accounts.setPersonSync', {
  summary: 'Turn syncing of a person to an integration off or on (ID-47)',
  request: z.strictObject({ accountId: Id, personId: Id, integration: Integration, on: z.boolean() }),
  reply: PersonSync,
  access: { who: 'user', may: 'sync.write', account: 'accountId' },
  rejects: ['resource.not-found', 'sync.too-many'],
});
/** For whoever sends to an integration: asked at the moment of sending, or followed by the event. */
export const ListUnsynced = query('accounts.listUnsynced', {
  summary: 'Who of these people an integration hears nothing of',
  request: z.strictObject({ integration: Integration, personIds: z.array(Id).max(200) }),
  reply: z.object({ personIds: z.array(Id) }),
  access: { who: 'service' },
});
export const PersonSyncChanged = event('accounts.person.sync_changed.v1', { summary: 'Syncing of a person to an integration was turned off or on', data: z.object({ accountId: Id, personId: Id, integration: Integration, on: z.boolean(), actor: EventActor }) });
