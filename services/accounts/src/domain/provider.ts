import { Rejection, type Aggregate } from '@matricula/kernel';

export interface Location {
  readonly id: string;
  readonly name: string;
}

/** A training provider: the tenant. Its id is the tenant's id. */
export interface ProviderState {
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly locations: readonly Location[];
  /** The request that opened it: the same request again is no second opening. */
  readonly openedBy: string;
}

export type ProviderFact = { readonly type: 'ProviderOpened' } & ProviderState;

/** Words that address the platform itself in hosts, subjects and paths. */
const reserved: ReadonlySet<string> = new Set(['platform', 'operator', 'public', 'dev']);

export const providerAggregate: Aggregate<ProviderState, ProviderFact> = {
  name: 'provider',
  evolve: (_state, { type: _type, ...provider }) => provider,
};

/** Opens a provider once; rejects `accounts.provider-exists`, and reserved ids and doubled locations as `request.invalid`. */
export function openProvider(state: ProviderState | undefined, id: string, asked: ProviderState): readonly ProviderFact[] {
  if (reserved.has(id)) throw new Rejection('request.invalid', { errors: [{ pointer: '/id', code: 'provider.id-reserved', detail: `"${id}" belongs to the platform. Choose another id.` }] });
  const ids = asked.locations.map((location) => location.id);
  const doubled = ids.findIndex((locationId, at) => ids.indexOf(locationId) !== at);
  if (doubled >= 0) throw new Rejection('request.invalid', { errors: [{ pointer: `/locations/${doubled}/id`, code: 'location.id-doubled', detail: 'Give every location an id of its own.' }] });
  if (state?.openedBy === asked.openedBy) return [];
  if (state) throw new Rejection('accounts.provider-exists', { id });
  return [{ type: 'ProviderOpened', ...asked }];
}
