import type { Aggregate } from '@matricula/kernel';

export interface Colours {
  readonly primary: string;
  readonly accent: string;
  readonly background: string;
}
/** What a provider's login page looks like; what was never chosen is as it comes (ID-09). */
export interface BrandingState {
  /** Null: the provider's name. */
  readonly name: string | null;
  readonly colours: Colours;
}
export type BrandingFact = { readonly type: 'BrandingChosen' } & BrandingState;

export const plainBranding: BrandingState = { name: null, colours: { primary: '#1f4e79', accent: '#f2a900', background: '#ffffff' } };

export const brandingAggregate: Aggregate<BrandingState, BrandingFact> = { name: 'branding', evolve: (_state, { type: _type, ...branding }) => branding };

export interface BrandingChoice {
  readonly name?: string | null | undefined;
  readonly colours?: { readonly [K in keyof Colours]?: Colours[K] | undefined } | undefined;
}

/** Changes only what is given. */
export function chooseBranding(state: BrandingState | undefined, choice: BrandingChoice): readonly BrandingFact[] {
  const before = state ?? plainBranding;
  const { primary, accent, background } = choice.colours ?? {};
  const after: BrandingState = {
    name: choice.name === undefined ? before.name : choice.name,
    colours: { primary: primary ?? before.colours.primary, accent: accent ?? before.colours.accent, background: background ?? before.colours.background },
  };
  return state !== undefined && JSON.stringify(before) === JSON.stringify(after) ? [] : [{ type: 'BrandingChosen', ...after }];
}
