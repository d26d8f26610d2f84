import { isLocalDate, Rejection, unreachable, type Aggregate, type FieldError } from '@matricula/kernel';

export type Entity = 'person' | 'account';
export type FieldType = 'text' | 'number' | 'date' | 'bool' | 'enum' | 'image';

export interface CustomField {
  readonly id: string;
  readonly entity: Entity;
  /** How programs address it; never changes (ID-35). */
  readonly machineName: string;
  readonly label: string;
  readonly type: FieldType;
  /** Values of an enum. */
  readonly options: readonly string[];
  readonly archived: boolean;
}

/** All custom fields of a provider: few, read with every record, and unique by name. */
export interface FieldSet {
  readonly fields: readonly CustomField[];
}

export interface FieldChanges {
  readonly label?: string | undefined;
  readonly options?: readonly string[] | undefined;
  readonly archived?: boolean | undefined;
}
export type FieldFact = { readonly type: 'FieldDefined'; readonly field: CustomField } | { readonly type: 'FieldChanged'; readonly fieldId: string; readonly changes: FieldChanges };

export type CustomValue = string | number | boolean;
/** Values by machine name; null takes one away. */
export type CustomValues = Readonly<Record<string, CustomValue | null>>;

export const noFields: FieldSet = { fields: [] };
const maxFields = 200;

export const fieldSetAggregate: Aggregate<FieldSet, FieldFact> = {
  name: 'field',
  evolve: (state = noFields, fact) => {
    switch (fact.type) {
      case 'FieldDefined':
        return { fields: [...state.fields, fact.field] };
      case 'FieldChanged':
        return { fields: state.fields.map((f) => (f.id === fact.fieldId ? { ...f, ...fact.changes } : f)) };
      default:
        return unreachable(fact);
    }
  },
};

const wrong = (pointer: string, code: string, detail: string): Rejection => new Rejection('request.invalid', { errors: [{ pointer, code, detail }] });

function demandOptions(type: FieldType, options: readonly string[]): void {
  if (type === 'enum' && options.length === 0) throw wrong('/options', 'field.options-missing', 'Say which values there are to choose from.');
  if (type !== 'enum' && options.length > 0) throw wrong('/options', 'field.no-options', 'Only an enum has options.');
  if (new Set(options).size < options.length) throw wrong('/options', 'field.options-doubled', 'Give every option once.');
}

/** Defines a field once. */
export function defineField({ fields }: FieldSet, field: CustomField): readonly FieldFact[] {
  if (fields.some((f) => f.id === field.id)) return [];
  demandOptions(field.type, field.options);
  // images are added for people
  if (field.type === 'image' && field.entity === 'account') throw wrong('/type', 'field.image-of-account', 'Only people have image fields.');
  if (fields.some((f) => f.entity === field.entity && f.machineName === field.machineName)) throw new Rejection('field.name-taken', { machineName: field.machineName });
  if (fields.length >= maxFields) throw new Rejection('field.limit', { max: maxFields });
  return [{ type: 'FieldDefined', field }];
}

/** Changes what people read of a field; values that are no option any more stay where they are. */
export function changeField({ fields }: FieldSet, fieldId: string, { label, options, archived }: FieldChanges): readonly FieldFact[] {
  const field = fields.find((f) => f.id === fieldId);
  if (!field) throw new Rejection('resource.not-found');
  if (options) demandOptions(field.type, options);
  const changes = {
    ...(label === undefined || label === field.label ? {} : { label }),
    ...(options === undefined || options.join('\n') === field.options.join('\n') ? {} : { options }),
    ...(archived === undefined || archived === field.archived ? {} : { archived }),
  };
  return Object.keys(changes).length === 0 ? [] : [{ type: 'FieldChanged', fieldId, changes }];
}

/** What is wrong with a value, if anything. */
function flawOf(field: CustomField, value: CustomValue): string | undefined {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' && value.trim() !== '' ? undefined : 'Send a text.';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'Send a number.';
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'Send true or false.';
    case 'date':
      return typeof value === 'string' && isLocalDate(value) ? undefined : 'Send a calendar date as YYYY-MM-DD.';
    case 'enum':
      return typeof value === 'string' && field.options.includes(value) ? undefined : `Send one of: ${field.options.join(', ')}.`;
    case 'image':
      return typeof value === 'string' && /^fil_[A-Za-z0-9]{1,40}$/.test(value) ? undefined : 'Send the id of an image that was added for this field.';
    default:
      return unreachable(field.type);
  }
}

/** Rejects `request.invalid` with a pointer at every value that does not fit its field; `at` is where the record stands in the request. */
export function demandValues({ fields }: FieldSet, entity: Entity, values: CustomValues, at = ''): void {
  const errors = Object.entries(values).flatMap(([machineName, value]): readonly FieldError[] => {
    const field = fields.find((f) => f.entity === entity && f.machineName === machineName && !f.archived);
    const pointer = `${at}/custom/${machineName}`;
    if (!field) return [{ pointer, code: 'field.unknown', detail: 'There is no such custom field. Define it, or leave the value out.' }];
    const flaw = value === null ? undefined : flawOf(field, value);
    return flaw === undefined ? [] : [{ pointer, code: `field.not-${field.type}`, detail: flaw }];
  });
  if (errors.length > 0) throw new Rejection('request.invalid', { errors });
}

/** The images that these values name. */
export function imagesIn({ fields }: FieldSet, values: CustomValues): readonly { readonly machineName: string; readonly fileId: string }[] {
  return fields.flatMap(({ entity, type, machineName }) => {
    const fileId = entity === 'person' && type === 'image' ? values[machineName] : undefined;
    return typeof fileId === 'string' ? [{ machineName, fileId }] : [];
  });
}

/** Values after a change: what is given replaces, null takes away, the rest stays. */
export function withValues(before: CustomValues | undefined, given: CustomValues): CustomValues {
  return Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== null));
}

/** What of the given values differs from what is there; undefined when nothing does. */
export function changedValues(before: CustomValues = {}, given: CustomValues = {}): CustomValues | undefined {
  const changed = Object.entries(given).filter(([name, value]) => (before[name] ?? null) !== value);
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** Values under both names, in the order of the fields; of archived fields too. */
export function shownValues({ fields }: FieldSet, entity: Entity, values: CustomValues = {}): Readonly<Record<string, { readonly label: string; readonly type: FieldType; readonly value: CustomValue }>> {
  return Object.fromEntries(fields.flatMap(({ entity: of, machineName, label, type }) => {
    const value = of === entity ? values[machineName] : undefined;
    return value === undefined || value === null ? [] : [[machineName, { label, type, value }]];
  }));
}
