import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { changeField, defineField, demandValues, fieldSetAggregate, noFields, shownValues, withValues, type CustomField, type CustomValues, type FieldFact, type FieldSet } from './custom-field.js';

const field = (machineName: string, over: Partial<CustomField> = {}): CustomField => ({ id: `fld_${machineName}`, entity: 'person', machineName, label: machineName, type: 'text', options: [], archived: false, ...over });
const defined = (...args: Parameters<typeof field>): FieldFact => ({ type: 'FieldDefined', field: field(...args) });
const define = (f: CustomField) => (s: FieldSet | undefined) => defineField(s ?? noFields, f);
const all: FieldSet = { fields: [field('note'), field('size', { type: 'number' }), field('dob', { type: 'date' }), field('swims', { type: 'bool' }), field('level', { type: 'enum', options: ['low', 'high'] }), field('photo', { type: 'image' }), field('old', { archived: true }), field('note', { id: 'fld_x', entity: 'account' })] };
const refusal = (values: CustomValues): unknown => {
  try {
    demandValues(all, 'person', values);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('custom fields', () => {
  it('ID-35 are defined once; a machine name is unique for a kind of record, archived ones included', () => {
    given(fieldSetAggregate).when(define(field('dob'))).then(defined('dob'));
    given(fieldSetAggregate, defined('dob')).when(define(field('dob'))).thenNothing();
    given(fieldSetAggregate, defined('dob', { archived: true })).when(define(field('dob', { id: 'fld_2' }))).thenRejected('field.name-taken');
    given(fieldSetAggregate, defined('dob')).when(define(field('dob', { id: 'fld_2', entity: 'account' }))).thenTypes('FieldDefined');
  });
  it('an enum has options, each once, nothing else has any', () => {
    given(fieldSetAggregate).when(define(field('level', { type: 'enum' }))).thenRejected('request.invalid');
    given(fieldSetAggregate).when(define(field('level', { type: 'enum', options: ['a', 'a'] }))).thenRejected('request.invalid');
    given(fieldSetAggregate).when(define(field('level', { options: ['a'] }))).thenRejected('request.invalid');
  });
  it('ID-35 change in what people read only', () => {
    const history = [defined('level', { type: 'enum', options: ['a'] })];
    given(fieldSetAggregate, ...history).when((s) => changeField(s ?? noFields, 'fld_level', { label: 'Level', options: ['a', 'b'], archived: false })).then({ type: 'FieldChanged', fieldId: 'fld_level', changes: { label: 'Level', options: ['a', 'b'] } });
    given(fieldSetAggregate, ...history).when((s) => changeField(s ?? noFields, 'fld_level', { label: 'level' })).thenNothing();
    given(fieldSetAggregate).when((s) => changeField(s ?? noFields, 'fld_level', {})).thenRejected('resource.not-found');
  });
  it.each<[string, string | number | boolean]>([['note', ' '], ['note', 1], ['size', '1'], ['size', Number.NaN], ['dob', '2020-02-30'], ['dob', 'yesterday'], ['swims', 'true'], ['level', 'middle'], ['photo', 'acc_1'], ['old', 'x'], ['nothing', 'x']])('ID-35 %s refuses %p with its pointer', (name, value) => {
    expect(refusal({ [name]: value })).toMatchObject({ code: 'request.invalid', details: { errors: [{ pointer: `/custom/${name}` }] } });
  });
  it('ID-35 take what fits', () => {
    expect(refusal({ note: 'x', size: 1.5, dob: '2020-02-29', swims: false, level: 'low', photo: 'fil_1' })).toBeUndefined();
    expect(refusal({ note: null, dob: null })).toBeUndefined();
  });
  it('a change replaces, null takes away, the rest stays', () => {
    expect(withValues({ a: 1, b: 2 }, { b: null, c: false })).toEqual({ a: 1, c: false });
  });
  it('ID-35 are shown under both names, archived ones too', () => {
    expect(shownValues(all, 'person', { swims: false, old: 'x', gone: 'y' })).toEqual({ swims: { label: 'swims', type: 'bool', value: false }, old: { label: 'old', type: 'text', value: 'x' } });
  });
});
