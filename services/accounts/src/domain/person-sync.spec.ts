import { describe, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { personSyncAggregate, turnSync, type PersonSyncFact } from './person-sync.js';

const off = (integration: string): PersonSyncFact => ({ type: 'SyncTurned', accountId: 'acc_1', integration, on: false });

describe('ID-47 syncing of a person', () => {
  it('is on until it is turned off, and turned only when it is otherwise', () => {
    given(personSyncAggregate).when((s) => turnSync(s, 'acc_1', 'crm', true)).thenNothing();
    given(personSyncAggregate).when((s) => turnSync(s, 'acc_1', 'crm', false)).then(off('crm'));
    given(personSyncAggregate, off('crm')).when((s) => turnSync(s, 'acc_1', 'crm', false)).thenNothing();
    given(personSyncAggregate, off('crm')).when((s) => turnSync(s, 'acc_1', 'crm', true)).then({ ...off('crm'), on: true });
    given(personSyncAggregate, off('crm')).when((s) => turnSync(s, 'acc_1', 'mailing-list', true)).thenNothing();
  });
  it('names a hundred integrations at most', () => {
    const many = Array.from({ length: 100 }, (_, n) => off(`i${n}`));
    given(personSyncAggregate, ...many).when((s) => turnSync(s, 'acc_1', 'one-more', false)).thenRejected('sync.too-many');
    given(personSyncAggregate, ...many).when((s) => turnSync(s, 'acc_1', 'i7', true)).thenTypes('SyncTurned');
  });
});
