import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { fold } from '@matricula/kernel';
import { agreementAggregate, type AgreementState } from './agreement.js';
import { authorityOf, demandSignable, isOpen, signatureAggregate, standingOf, type Ask, type Entry, type Signatory } from './signature.js';

const today = '2026-08-01';
const at = '2026-08-01T16:00:00.000Z';
const [old, now] = ['a'.repeat(64), 'b'.repeat(64)];
const agreement = (over: Partial<AgreementState> = {}): AgreementState => {
  const state = fold(agreementAggregate, undefined, [
    { type: 'AgreementDrawnUp', title: 'Waiver', audience: 'student', signing: 'once', resignOnNewVersion: true },
    { type: 'VersionPublished', version: { id: 'agv_1', textHash: old, number: 1, publishedAt: at } },
    { type: 'VersionPublished', version: { id: 'agv_2', textHash: now, number: 2, publishedAt: at } },
  ]);
  if (!state) throw new Error('no agreement');
  return { ...state, ...over };
};
const entry = (over: Partial<Entry> = {}): Entry => ({
  id: 'sig_1', kind: 'accepted', agreementId: 'agr_1', versionId: 'agv_2', textHash: now, accountId: 'acc_1', subjectPersonId: 'per_kid', signerPersonId: 'per_mum',
  authority: 'guardian', method: 'online', recordedBy: 'usr_1', clientAddress: null, occasion: null, withdraws: null, at, ...over,
});

describe('B-16 who may sign for whom', () => {
  const mum: Signatory = { personId: 'per_mum', role: 'primary_guardian', birthDate: '1985-02-03' };
  const kid: Signatory = { personId: 'per_kid', role: 'learner', birthDate: '2018-03-01' };
  const grown: Signatory = { personId: 'per_grown', role: 'learner', birthDate: '2008-08-01' };
  const aunt: Signatory = { personId: 'per_aunt', role: 'additional_contact', birthDate: '1990-01-01' };
  const sign = (signer: Signatory, subject: Signatory | null, isParent = false) => () => authorityOf({ signer, subject, isParent, today });

  it('a guardian, a manager or a parent for a minor', () => {
    expect([sign(mum, kid)(), sign({ ...mum, role: 'manager' }, kid)(), sign(aunt, kid, true)()]).toEqual(['guardian', 'manager', 'parent']);
    expect(sign(mum, { ...kid, birthDate: undefined })()).toBe('guardian');
  });
  it('an adult for themselves, from the eighteenth birthday on, and nobody for them', () => {
    expect([sign(grown, grown)(), sign({ ...mum, role: 'independent' }, { ...mum, role: 'independent' })()]).toEqual(['self', 'self']);
    expect(sign(mum, grown)).toThrow('agreement.no-authority');
    expect(sign({ ...grown, birthDate: '2008-08-02' }, { ...grown, birthDate: '2008-08-02' })).toThrow('agreement.no-authority');
  });
  it('not a minor for themselves, not a contact who is no parent, not a sibling who is called parent and is a child', () => {
    expect(sign(kid, kid)).toThrow('agreement.no-authority');
    expect(sign(aunt, kid)).toThrow('agreement.no-authority');
    expect(sign({ ...kid, personId: 'per_2' }, kid, true)).toThrow('agreement.no-authority');
  });
  it('for the family who leads it', () => {
    expect(sign(mum, null)()).toBe('account');
    expect(sign(aunt, null)).toThrow('agreement.no-authority');
  });
});

describe('B-16 where somebody stands', () => {
  it('the latest entry that was not taken back counts', () => {
    expect(standingOf(agreement(), []).state).toBe('missing');
    expect(standingOf(agreement(), [entry()])).toMatchObject({ state: 'accepted', entry: { id: 'sig_1' } });
    expect(standingOf(agreement(), [entry({ id: 'sig_2', kind: 'withdrawn', withdraws: 'sig_1' }), entry()]).state).toBe('missing');
    expect(standingOf(agreement(), [entry({ id: 'sig_2', kind: 'declined' }), entry()]).state).toBe('declined');
  });
  it('a new version asks again, unless the agreement says otherwise', () => {
    const signed = [entry({ textHash: old, versionId: 'agv_1' })];
    expect(standingOf(agreement(), signed).state).toBe('outdated');
    expect(standingOf(agreement({ resignOnNewVersion: false }), signed).state).toBe('accepted');
    expect(standingOf(agreement({ resignOnNewVersion: false }), [entry({ textHash: old, kind: 'declined' })]).state).toBe('outdated');
  });
  it('missing and outdated are open; declined is an answer', () => {
    expect((['missing', 'outdated', 'accepted', 'declined'] as const).filter((state) => isOpen({ state }))).toEqual(['missing', 'outdated']);
  });
  it('an entry is what was said', () => {
    const { id: _id, ...said } = entry();
    given(signatureAggregate).when(() => [{ type: 'SignatureRecorded', ...said }]).then({ type: 'SignatureRecorded', ...said });
    expect(signatureAggregate.evolve(undefined, { type: 'SignatureRecorded', ...said })).toEqual(said);
  });
});

describe('B-16 what can be signed', () => {
  const ask = (over: Partial<Ask> = {}): Ask => ({ agreementId: 'agr_1', textHash: now, decision: 'accept', occasion: null, subjectPersonId: 'per_kid', ...over });
  it('the text in use, by who it is with', () => {
    expect(() => demandSignable(agreement(), ask())).not.toThrow();
    expect(() => demandSignable(agreement(), ask({ textHash: old }))).toThrow('agreement.outdated');
    expect(() => demandSignable(agreement({ status: 'retired' }), ask())).toThrow('agreement.retired');
    expect(() => demandSignable(agreement(), ask({ subjectPersonId: null }))).toThrow('request.invalid');
    expect(() => demandSignable(agreement({ audience: 'family' }), ask())).toThrow('request.invalid');
  });
  it('a student may decline, a family only accepts', () => {
    expect(() => demandSignable(agreement(), ask({ decision: 'decline' }))).not.toThrow();
    expect(() => demandSignable(agreement({ audience: 'family' }), ask({ decision: 'decline', subjectPersonId: null }))).toThrow('agreement.accept-only');
  });
  it('with an occasion where it is signed every time, without where once', () => {
    expect(() => demandSignable(agreement({ signing: 'every_time' }), ask())).toThrow('request.invalid');
    expect(() => demandSignable(agreement({ signing: 'every_time' }), ask({ occasion: 'cls_1' }))).not.toThrow();
    expect(() => demandSignable(agreement(), ask({ occasion: 'cls_1' }))).toThrow('request.invalid');
  });
});
