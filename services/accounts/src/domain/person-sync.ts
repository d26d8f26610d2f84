import { Rejection, type Aggregate } from '@matricula/kernel';

/** Which integrations hear nothing of a person; all that are not named do (ID-47). */
export interface PersonSyncState {
  readonly accountId: string;
  readonly off: readonly string[];
}
export type PersonSyncFact = { readonly type: 'SyncTurned'; readonly accountId: string; readonly integration: string; readonly on: boolean };

/** More integrations than a provider has. */
const maxOff = 100;

export const personSyncAggregate: Aggregate<PersonSyncState, PersonSyncFact> = {
  name: 'person_sync',
  evolve: (state, { accountId, integration, on }) => {
    const others = (state?.off ?? []).filter((i) => i !== integration);
    return { accountId, off: on ? others : [...others, integration].toSorted() };
  },
};

/** Turns syncing off or on; as it is already, nothing to do. Rejects `sync.too-many`. */
export function turnSync(state: PersonSyncState | undefined, accountId: string, integration: string, on: boolean): readonly PersonSyncFact[] {
  const off = state?.off ?? [];
  if (off.includes(integration) !== on) return [];
  if (!on && off.length >= maxOff) throw new Rejection('sync.too-many', { max: maxOff });
  return [{ type: 'SyncTurned', accountId, integration, on }];
}
