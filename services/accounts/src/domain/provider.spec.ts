import { describe, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { openProvider, providerAggregate, type ProviderFact, type ProviderState } from './provider.js';

const asked: ProviderState = { name: 'Harbour Arts & Sports', currency: 'CAD', timeZone: 'America/Toronto', locations: [{ id: '7', name: 'Pier 7' }], openedBy: 'req_1' };
const opened: ProviderFact = { type: 'ProviderOpened', ...asked };

describe('provider', () => {
  it('ID-09 opens', () => given(providerAggregate).when((s) => openProvider(s, 'harbour', asked)).then(opened));
  it('opens once for a repeated request, and refuses another one', () => {
    given(providerAggregate, opened).when((s) => openProvider(s, 'harbour', asked)).thenNothing();
    given(providerAggregate, opened).when((s) => openProvider(s, 'harbour', { ...asked, openedBy: 'req_2' })).thenRejected('accounts.provider-exists');
  });
  it.each(['platform', 'operator', 'public', 'dev'])('refuses the id %s', (id) => {
    given(providerAggregate).when((s) => openProvider(s, id, asked)).thenRejected('request.invalid');
  });
  it('refuses two locations with one id', () => {
    given(providerAggregate).when((s) => openProvider(s, 'harbour', { ...asked, locations: [...asked.locations, { id: '7', name: 'Pier 8' }] })).thenRejected('request.invalid');
  });
});
