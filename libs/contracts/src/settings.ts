import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, LocationId } from './fields.js';
import { SettingId, SettingLevel } from './flags.js';
import { command, event, query } from './kit.js';

export const SettingValue = z.union([z.boolean(), z.int(), z.string().max(80), z.array(Id).max(100)]);
export type SettingValue = z.infer<typeof SettingValue>;

/** One setting where it is looked at. */
export const SettingInForce = z
  .object({
    id: z.string(),
    summary: z.string(),
    value: SettingValue.nullable().meta({ description: 'null: kept elsewhere, see managedAt' }),
    source: z.enum(['default', ...SettingLevel.options]).nullable().meta({ description: 'The level that decides' }),
    role: z.enum(['permission', 'preference', 'threshold']).nullable(),
    choices: z.array(z.string()).nullable(),
    default: SettingValue.nullable(),
    levels: z.array(SettingLevel).meta({ description: 'Where it may be set, widest first' }),
    affects: z.array(z.string()).meta({ description: 'Ids of the features that look at it' }),
    managedAt: z.string().nullable(),
  })
  .meta({ id: 'SettingInForce' });
export type SettingInForce = z.infer<typeof SettingInForce>;

const place = {
  locationId: LocationId.optional(),
  groupId: Id.optional(),
  accountId: Id.optional(),
  personId: Id.optional().meta({ description: 'With accountId: as it is for this person there' }),
};
const Settings = z.object({ items: z.array(SettingInForce) });

export const ListSettings = query('accounts.listSettings', {
  summary: 'Every setting with its value, where it comes from and what it affects: for the provider, or at a location, a group, an account, for a person (A1)',
  request: z.strictObject(place),
  reply: Settings,
  access: { who: 'user', may: 'settings.read' },
  rejects: ['resource.not-found'],
});
export const ChangeSettings = command('accounts.changeSettings', {
  summary: 'Set settings for the provider, or at one narrower place; null takes a value away. Counts for the next request (A1)',
  request: z.strictObject({ ...place, values: z.partialRecord(SettingId, SettingValue.nullable()), reason: z.string().trim().min(1).max(500).optional() }),
  reply: Settings,
  access: { who: 'user', may: 'settings.write' },
  rejects: ['resource.not-found', 'setting.only-narrows'],
});
export const GetSettings = query('accounts.getSettings', {
  summary: 'The settings in force at a place, for services to obey',
  request: z.strictObject(place),
  reply: z.object({ values: z.record(SettingId, SettingValue) }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});

export const SettingsChanged = event('accounts.settings.changed.v1', {
  summary: 'Settings were changed at a place; ask for the values',
  data: z.object({ level: SettingLevel, locationId: LocationId.nullable(), groupId: Id.nullable(), accountId: Id.nullable(), personId: Id.nullable(), settings: z.array(SettingId), actor: EventActor }),
});
