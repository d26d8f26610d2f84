import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, Name } from './fields.js';
import { command, event, query } from './kit.js';

/** What records a provider adds fields to, and makes fields mandatory of. */
export const RecordEntity = z.enum(['person', 'account']);
export type RecordEntity = z.infer<typeof RecordEntity>;
/** How a field is addressed by programs; never changes, whatever its label. */
export const MachineName = z.string().regex(/^[a-z][a-zA-Z0-9_]{0,59}$/, 'a letter in lower case, then letters, digits and _');
export const FieldType = z.enum(['text', 'number', 'date', 'bool', 'enum', 'image']);

/** Values by machine name, as they are sent; null takes one away. */
export const CustomValues = z.record(MachineName, z.union([z.string().max(1_000), z.number(), z.boolean(), z.null()])).refine((values) => Object.keys(values).length <= 200, 'at most 200 fields').meta({ id: 'CustomValues', description: 'Values of custom fields by machine name; null takes one away' });
/** Values as they are shown: under both names. */
export const ShownCustomValues = z.record(MachineName, z.object({ label: z.string(), type: FieldType, value: z.union([z.string(), z.number(), z.boolean()]) })).meta({ id: 'ShownCustomValues' });

const options = z.array(Name).min(1).max(100);
export const CustomField = z
  .object({ id: Id, entity: RecordEntity, machineName: MachineName, label: Name, type: FieldType, options: z.array(z.string()).meta({ description: 'The values of an enum' }), archived: z.boolean().meta({ description: 'Kept where it has a value, asked of nobody' }), version: z.int() })
  .meta({ id: 'CustomField' });
export type CustomField = z.infer<typeof CustomField>;

export const DefineField = command('accounts.defineField', {
  summary: 'Add a custom field to people or accounts (ID-35)',
  request: z.strictObject({ entity: RecordEntity, machineName: MachineName, label: Name, type: FieldType, options: options.optional() }),
  reply: CustomField,
  access: { who: 'user', may: 'fields.write' },
  rejects: ['field.name-taken', 'field.limit'],
});
export const UpdateField = command('accounts.updateField', {
  summary: 'Change label or options of a custom field, or archive it; machine name and type never change. Needs If-Match (ID-35)',
  request: z.strictObject({ fieldId: Id, label: Name.optional(), options: options.optional(), archived: z.boolean().optional() }),
  reply: CustomField,
  access: { who: 'user', may: 'fields.write' },
  rejects: ['resource.not-found'],
  versioned: true,
});
export const ListFields = query('accounts.listFields', {
  summary: 'The custom fields of a provider, with both names; at most 200 (ID-35)',
  request: z.strictObject({ entity: RecordEntity.optional() }),
  reply: z.object({ items: z.array(CustomField) }),
  access: { who: 'user', may: 'forms.read' },
});
export const GetField = query('accounts.getField', {
  summary: 'One custom field',
  request: z.strictObject({ fieldId: Id }),
  reply: CustomField,
  access: { who: 'user', may: 'forms.read' },
  rejects: ['resource.not-found'],
});

export const FieldDefined = event('accounts.field.defined.v1', { summary: 'A custom field was added', data: z.object({ fieldId: Id, entity: RecordEntity, machineName: MachineName, type: FieldType, actor: EventActor }) });
export const FieldChanged = event('accounts.field.changed.v1', { summary: 'A custom field has another label or other options, or was archived', data: z.object({ fieldId: Id, machineName: MachineName, archived: z.boolean(), actor: EventActor }) });
