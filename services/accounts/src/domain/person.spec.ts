import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { changePerson, discardPerson, personAggregate, registerPerson, tidied, type PersonDetails, type PersonFact, type PersonState } from './person.js';

const ada: PersonDetails = { firstName: 'Ada', lastName: 'Okafor', email: 'Ada@Example.org', address: { street: '1 King St', city: 'Toronto', country: 'CA' } };
const at = '2026-11-22T12:00:00.000Z';
const registered: PersonFact = { type: 'PersonRegistered', accountId: 'acc_1', details: ada, at };
const rules = { today: '2026-11-22', homeCountry: 'CA' };
const change = (given: Partial<PersonDetails>) => (state: PersonState | undefined) => changePerson(state as PersonState, 'acc_1', given);

describe('person', () => {
  it('ID-21 keeps the address as written and compares it in one spelling', () => {
    expect(given<PersonState, PersonFact>(personAggregate).when(() => registerPerson('acc_1', ada, at)).state()).toMatchObject({ email: 'Ada@Example.org', emailKey: 'ada@example.org', memberships: ['acc_1'] });
  });
  it('is noted anew by a repetition, whatever the interrupted attempt had noted', () => {
    const again = given<PersonState, PersonFact>(personAggregate, registered).when(() => registerPerson('acc_1', { firstName: 'Adah', lastName: 'Okafor' }, at)).state();
    expect(again).toEqual({ firstName: 'Adah', lastName: 'Okafor', memberships: ['acc_1'], registeredAt: at, sortName: 'okafor adah', searchKeys: ['adah okafor', 'okafor adah', 'okafor'] });
  });
  it('changes only the given fields, and nothing when they are equal', () => {
    given<PersonState, PersonFact>(personAggregate, registered).when(change({ firstName: 'Adah', lastName: 'Okafor' })).then({ type: 'PersonChanged', accountId: 'acc_1', changes: { firstName: 'Adah' } });
    given<PersonState, PersonFact>(personAggregate, registered).when(change({ firstName: 'Ada', birthDate: undefined })).thenNothing();
    expect(given<PersonState, PersonFact>(personAggregate, registered).when(change({ email: 'new@example.org' })).state()).toMatchObject({ firstName: 'Ada', email: 'new@example.org', emailKey: 'new@example.org' });
  });
  it('is forgotten when its place was refused, unless it was noted again meanwhile', () => {
    expect(given<PersonState, PersonFact>(personAggregate, registered).when((s) => discardPerson(s)).state()).toEqual({ firstName: '', lastName: '', memberships: [], registeredAt: at, sortName: '', searchKeys: [] });
    given<PersonState, PersonFact>(personAggregate, registered, { type: 'PersonDiscarded' }).when((s) => discardPerson(s)).thenNothing();
    given<PersonState, PersonFact>(personAggregate).when((s) => discardPerson(s)).thenNothing();
    given<PersonState, PersonFact>(personAggregate, registered).when((s) => discardPerson(s, '2026-11-22T11:59:59.999Z')).thenNothing();
    given<PersonState, PersonFact>(personAggregate, registered).when((s) => discardPerson(s, at)).thenTypes('PersonDiscarded');
  });
  it('ID-22 keeps phones in E.164 where the country is certain', () => {
    expect(tidied({ ...ada, phone: '(416) 155-0134' }, rules).phone).toBe('(416) 155-0134');
    expect(tidied({ ...ada, phone: '(416) 655-0134' }, rules).phone).toBe('+14166550134');
    expect(tidied({ phone: '020 7708 8137', address: { street: 's', city: 'London', country: 'GB' } }, rules).phone).toBe('+442077088137');
  });
  it('refuses a phone without digits and a birthday in the future, each with its pointer', () => {
    expect(() => tidied({ phone: 'call me', birthDate: '2026-11-23' }, rules, '/people/1')).toThrow(
      expect.objectContaining({ code: 'request.invalid', details: { errors: [expect.objectContaining({ pointer: '/people/1/birthDate' }), expect.objectContaining({ pointer: '/people/1/phone' })] } }),
    );
    expect(tidied({ birthDate: '2026-11-22' }, rules)).toEqual({ birthDate: '2026-11-22' });
  });
});
