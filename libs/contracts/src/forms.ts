import { z } from 'zod';
import { AccountRole } from './access.js';
import { MachineName, RecordEntity } from './custom-fields.js';
import { EventActor } from './envelope.js';
import { Instant, page, paging } from './fields.js';
import { command, event, query } from './kit.js';

const personBasics = ['birthDate', 'email', 'phone', 'address'] as const;
const basics = [...personBasics, 'externalId'] as const;
const FormField = z.union([z.enum(basics), z.templateLiteral(['custom.', MachineName])]).meta({ description: 'A field of the record, or custom.<machine name>' });

/** Where somebody writes a record: each has a form of its own. */
export const FormChannel = z.enum(['web', 'mobile', 'staff', 'import']);
export type FormChannel = z.infer<typeof FormChannel>;

const Mandatory = z.strictObject({ field: FormField, roles: z.array(AccountRole).max(10).default([]).meta({ description: 'Of people in these roles only; empty: of everybody' }) });
export const Form = z
  .object({ entity: RecordEntity, channel: FormChannel, mandatory: z.array(Mandatory), changedAt: Instant.nullable(), version: z.int().meta({ description: '0: never configured, nothing is mandatory' }) })
  .meta({ id: 'Form', description: 'What is mandatory in a record that is written through a channel' });
export type Form = z.infer<typeof Form>;

export const ConfigureForm = command('accounts.configureForm', {
  summary: 'Say which fields are mandatory; records that lack one stay valid and are asked at their next edit. Needs If-Match (ID-36)',
  request: z.strictObject({ entity: RecordEntity, channel: FormChannel, mandatory: z.array(Mandatory).max(100) }),
  reply: Form,
  access: { who: 'user', may: 'forms.write' },
  rejects: ['form.field-unknown'],
  versioned: true,
});
export const GetForm = query('accounts.getForm', {
  summary: 'What is mandatory in a record written through a channel (ID-36)',
  request: z.strictObject({ entity: RecordEntity, channel: FormChannel }),
  reply: Form,
  access: { who: 'user', may: 'forms.read' },
});
export const ListFormVersions = query('accounts.listFormVersions', {
  summary: 'Every version of a form, the newest first (ID-36)',
  request: z.strictObject({ entity: RecordEntity, channel: FormChannel, ...paging }),
  reply: page(Form),
  access: { who: 'user', may: 'forms.read' },
});

export const FormConfigured = event('accounts.form.configured.v1', { summary: 'Other fields are mandatory', data: z.object({ entity: RecordEntity, channel: FormChannel, version: z.int(), mandatory: z.array(Mandatory), actor: EventActor }) });
