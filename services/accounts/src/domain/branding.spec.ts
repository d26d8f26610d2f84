import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { brandingAggregate, chooseBranding, plainBranding } from './branding.js';

describe('ID-09 branding', () => {
  it('changes only what is chosen, and starts from what comes with the platform', () => {
    expect(given(brandingAggregate).when((s) => chooseBranding(s, { colours: { accent: '#00ff00' } })).state()).toEqual({ name: null, colours: { ...plainBranding.colours, accent: '#00ff00' } });
    const named = { type: 'BrandingChosen', ...plainBranding, name: 'Harbour' } as const;
    expect(given(brandingAggregate, named).when((s) => chooseBranding(s, { name: null })).state()).toEqual(plainBranding);
    given(brandingAggregate, named).when((s) => chooseBranding(s, { name: 'Harbour' })).thenNothing();
  });
});
