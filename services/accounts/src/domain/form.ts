import { Rejection, type Aggregate, type Instant } from '@matricula/kernel';
import type { Role } from './account.js';
import type { CustomValues, Entity, FieldSet } from './custom-field.js';

export type Channel = 'web' | 'mobile' | 'staff' | 'import';

/** A field that must have a value, of people in these roles; of everybody when there are none. */
export interface Mandatory {
  readonly field: string;
  readonly roles: readonly Role[];
}

/** What is mandatory in records that are written through a channel; each version is kept (ID-36). */
export interface FormState {
  readonly entity: Entity;
  readonly channel: Channel;
  readonly mandatory: readonly Mandatory[];
  readonly changedAt: Instant | null;
  /** Counts from 1. */
  readonly revision: number;
}

export type FormFact = { readonly type: 'FormConfigured' } & FormState;

export const formAggregate: Aggregate<FormState, FormFact> = { name: 'form', evolve: (_state, { type: _type, ...form }) => form };

/** Nothing is mandatory before somebody says so. */
export const unconfigured = (entity: Entity, channel: Channel): FormState => ({ entity, channel, mandatory: [], changedAt: null, revision: 0 });

const basics: Readonly<Record<Entity, readonly string[]>> = { person: ['birthDate', 'email', 'phone', 'address'], account: ['externalId'] };

/** Says what is mandatory from now on; rejects `form.field-unknown`. */
export function configureForm(state: FormState | undefined, fields: FieldSet, asked: Omit<FormState, 'revision'>): readonly FormFact[] {
  const { entity, mandatory } = asked;
  for (const { field } of mandatory) {
    const custom = field.startsWith('custom.') ? field.slice('custom.'.length) : undefined;
    const known = custom === undefined ? basics[entity].includes(field) : fields.fields.some((f) => f.entity === entity && f.machineName === custom && !f.archived);
    if (!known) throw new Rejection('form.field-unknown', { entity, field });
  }
  return state && JSON.stringify(state.mandatory) === JSON.stringify(mandatory) ? [] : [{ type: 'FormConfigured', ...asked, revision: (state?.revision ?? 0) + 1 }];
}

/** A record as far as forms look at it. */
export interface FormRecord {
  readonly custom?: CustomValues | undefined;
}

/**
 * The mandatory fields that have no value. A phone app never needs a postal address, whatever the form says: the rules of
 * the app stores (ID-20, S1). A custom field that was archived is asked of nobody.
 */
export function missingFields(form: FormState, fields: FieldSet, record: FormRecord, role?: Role): readonly string[] {
  return form.mandatory.flatMap(({ field, roles }) => {
    if (form.channel === 'mobile' && field === 'address') return [];
    if (role !== undefined && roles.length > 0 && !roles.includes(role)) return [];
    const custom = field.startsWith('custom.') ? field.slice('custom.'.length) : undefined;
    if (custom !== undefined && !fields.fields.some((f) => f.entity === form.entity && f.machineName === custom && !f.archived)) return [];
    const value: unknown = custom === undefined ? Object.getOwnPropertyDescriptor(record, field)?.value : record.custom?.[custom];
    return value === undefined || value === null || value === '' ? [field] : [];
  });
}

const sections: Readonly<Record<string, string>> = { email: 'contact', phone: 'contact', birthDate: 'about', firstName: 'about', lastName: 'about', name: 'about', externalId: 'about', address: 'address' };
/** The part of a record that is edited together. */
const sectionOf = (field: string): string => (field.startsWith('custom') ? 'custom' : (sections[field] ?? field));

/** Rejects `request.invalid` for every mandatory field that a new record lacks; `at` is where it stands in the request. */
export function demandComplete(missing: readonly string[], at = ''): void {
  if (missing.length === 0) return;
  throw new Rejection('request.invalid', { errors: missing.map((field) => ({ pointer: `${at}/${field.replace('.', '/')}`, code: 'field.mandatory', detail: 'The provider asks for this. Send a value.' })) });
}

/** Of a record that lacks something, only what belongs to the sections that are being edited is asked for now. */
export function missingInEdit(missing: readonly string[], edited: readonly string[]): readonly string[] {
  const touched = new Set(edited.map(sectionOf));
  return missing.filter((field) => touched.has(sectionOf(field)));
}
