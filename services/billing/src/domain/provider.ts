import type { Aggregate } from '@matricula/kernel';

/** What billing keeps of a training provider. */
export interface Provider {
  /** IANA time zone: a posting's date is the provider's. */
  readonly timeZone: string;
  /** Begins the provider's document numbers. */
  readonly prefix: string;
}

export interface ProviderNoted {
  readonly type: 'ProviderNoted';
  readonly timeZone: string;
  readonly prefix: string;
}

export const provider: Aggregate<Provider, ProviderNoted> = {
  name: 'provider',
  evolve: (_provider, { timeZone, prefix }) => ({ timeZone, prefix }),
};

export function noteProvider(known: Provider | undefined, noted: { readonly slug: string; readonly name: string; readonly timeZone: string }): readonly ProviderNoted[] {
  const prefix = prefixOf(noted.slug, noted.name);
  return known?.timeZone === noted.timeZone && known.prefix === prefix ? [] : [{ type: 'ProviderNoted', timeZone: noted.timeZone, prefix }];
}

/** The initials of two to six words ("Harbour Arts & Sports" → HAS); otherwise the slug. */
export function prefixOf(slug: string, name = ''): string {
  const initials = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').match(/[A-Za-z0-9]+/g)?.map((word) => word.charAt(0).toUpperCase()).join('') ?? '';
  return /^[A-Z0-9]{2,6}$/.test(initials) ? initials : slug.toUpperCase();
}
