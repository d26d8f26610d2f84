import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { agreementAggregate, agreementTextAggregate, changeAgreement, currentVersion, drawUp, publishVersion, type AgreementFact } from './agreement.js';

const at = '2026-08-01T16:00:00.000Z';
const terms = { title: 'Photo Policy', audience: 'family', signing: 'once', resignOnNewVersion: true } as const;
const first = { id: 'agv_1', textHash: 'a'.repeat(64) };
const second = { id: 'agv_2', textHash: 'b'.repeat(64) };
const drawnUp: readonly AgreementFact[] = [{ type: 'AgreementDrawnUp', ...terms }, { type: 'VersionPublished', version: { ...first, number: 1, publishedAt: at } }];

describe('B-16 an agreement', () => {
  it('is drawn up once, with its first text', () => {
    given(agreementAggregate).when((s) => drawUp(s, terms, first, at)).then(...drawnUp);
    given(agreementAggregate, ...drawnUp).when((s) => drawUp(s, terms, first, at)).thenNothing();
  });
  it('gets another text as another version; the same text again is nothing new', () => {
    given(agreementAggregate, ...drawnUp).when((s) => (s ? publishVersion(s, second, at) : [])).then({ type: 'VersionPublished', version: { ...second, number: 2, publishedAt: at } });
    given(agreementAggregate, ...drawnUp).when((s) => (s ? publishVersion(s, first, at) : [])).thenNothing();
    const after = given(agreementAggregate, ...drawnUp).when((s) => (s ? publishVersion(s, second, at) : [])).state();
    expect([currentVersion(after).id, after.versions.length]).toEqual(['agv_2', 2]);
  });
  it('that is retired gets no text', () => {
    given(agreementAggregate, ...drawnUp, { type: 'AgreementChanged', changes: { status: 'retired' } }).when((s) => (s ? publishVersion(s, second, at) : [])).thenRejected('agreement.retired');
  });
  it('changes only where it differs', () => {
    given(agreementAggregate, ...drawnUp).when((s) => (s ? changeAgreement(s, { signing: 'every_time', status: 'in_use' }) : [])).then({ type: 'AgreementChanged', changes: { signing: 'every_time' } });
    given(agreementAggregate, ...drawnUp).when((s) => (s ? changeAgreement(s, {}) : [])).thenNothing();
  });
  it('keeps its text as it was given', () => {
    expect(agreementTextAggregate.evolve(undefined, { type: 'TextKept', agreementId: 'agr_1', textHash: first.textHash, text: 'We take photos.' })).toEqual({ agreementId: 'agr_1', textHash: first.textHash, text: 'We take photos.' });
  });
});
