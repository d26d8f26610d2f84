import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { configureForm, demandComplete, formAggregate, missingFields, missingInEdit, unconfigured, type Channel, type FormState, type Mandatory } from './form.js';
import type { FieldSet } from './custom-field.js';

const fields: FieldSet = { fields: [{ id: 'fld_1', entity: 'person', machineName: 'dob', label: 'Born', type: 'date', options: [], archived: false }, { id: 'fld_2', entity: 'person', machineName: 'old', label: 'Old', type: 'text', options: [], archived: true }] };
const all = (field: string): Mandatory => ({ field, roles: [] });
const form = (channel: Channel, ...mandatory: readonly Mandatory[]): FormState => ({ ...unconfigured('person', channel), mandatory });

describe('forms', () => {
  it('ID-36 are configured for fields that exist, and only anew when they differ', () => {
    given(formAggregate).when((s) => configureForm(s, fields, form('web', all('email'), all('custom.dob')))).thenTypes('FormConfigured');
    given(formAggregate, { type: 'FormConfigured', ...form('web', all('email')) }).when((s) => configureForm(s, fields, form('web', all('email')))).thenNothing();
    for (const field of ['externalId', 'custom.old', 'custom.none', 'members']) expect(given(formAggregate).when((s) => configureForm(s, fields, form('web', all(field)))).thenRejected('form.field-unknown')).toEqual({ entity: 'person', field });
  });
  it('ID-36 say what a record lacks, in the roles they speak of', () => {
    const asked = form('web', all('email'), all('custom.dob'), { field: 'phone', roles: ['primary_guardian'] });
    expect(missingFields(asked, fields, {}, 'learner')).toEqual(['email', 'custom.dob']);
    expect(missingFields(asked, fields, { custom: { dob: '2020-01-01' } }, 'primary_guardian')).toEqual(['email', 'phone']);
    expect(missingFields(form('web', all('custom.old')), fields, {}, 'learner')).toEqual([]);
  });
  it('ID-20 a phone app never needs a postal address', () => {
    expect(missingFields(form('mobile', all('address'), all('phone')), fields, {}, 'learner')).toEqual(['phone']);
    expect(missingFields(form('web', all('address')), fields, {}, 'learner')).toEqual(['address']);
  });
  it('ID-36 an old record is asked only for the section that is being edited', () => {
    expect(missingInEdit(['email', 'custom.dob', 'address'], ['phone'])).toEqual(['email']);
    expect(missingInEdit(['email', 'custom.dob'], ['lastName'])).toEqual([]);
    expect(missingInEdit(['custom.dob'], ['custom'])).toEqual(['custom.dob']);
  });
  it('every lack has its pointer', () => {
    expect(() => demandComplete(['email', 'custom.dob'], '/people/0')).toThrow(expect.objectContaining({ details: { errors: [expect.objectContaining({ pointer: '/people/0/email', code: 'field.mandatory' }), expect.objectContaining({ pointer: '/people/0/custom/dob' })] } }));
    expect(() => demandComplete([])).not.toThrow();
  });
});
