import { Rejection, type Aggregate } from '@matricula/kernel';

/** How it is kept: `from` is the parent, or the emergency contact, of `to`. Siblings and partners have no direction. */
export type Tie = 'parent' | 'sibling' | 'partner' | 'emergency';
/** How it is seen from one of the two: what the other one is to them. */
export type SeenAs = Tie | 'child' | 'emergency_for';

export interface Party {
  readonly accountId: string;
  readonly personId: string;
}
export interface Link {
  readonly tie: Tie;
  readonly from: string;
  readonly to: string;
}

/** Everything two people are to each other, in one document: what contradicts is decided there. */
export interface PairState {
  readonly people: readonly [Party, Party];
  /** The ids of the two, for looking them up. */
  readonly personIds: readonly string[];
  readonly links: readonly Link[];
}

export type PairFact =
  | { readonly type: 'PeopleLinked'; readonly people: readonly [Party, Party]; readonly link: Link }
  | { readonly type: 'PeopleUnlinked'; readonly people: readonly [Party, Party]; readonly link: Link };

const same = (a: Link, b: Link): boolean => a.tie === b.tie && a.from === b.from;

export const pairAggregate: Aggregate<PairState, PairFact> = {
  name: 'relationship',
  evolve: (state, { type, people, link }) => {
    const others = (state?.links ?? []).filter((l) => !same(l, link));
    // the two are looked up for as long as something links them
    const links = type === 'PeopleLinked' ? [...others, link] : others;
    return { people, links, personIds: links.length === 0 ? [] : people.map((p) => p.personId) };
  },
};

/** The two in the order they are kept in, whoever names them first. */
export const orderedPair = (one: Party, other: Party): readonly [Party, Party] => (one.personId < other.personId ? [one, other] : [other, one]);

/** "The other one is my `seenAs`" as it is kept. */
export function linkOf(me: string, other: string, seenAs: SeenAs): Link {
  switch (seenAs) {
    case 'child':
      return { tie: 'parent', from: me, to: other };
    case 'emergency_for':
      return { tie: 'emergency', from: me, to: other };
    case 'parent':
    case 'emergency':
      return { tie: seenAs, from: other, to: me };
    default:
      return me < other ? { tie: seenAs, from: me, to: other } : { tie: seenAs, from: other, to: me };
  }
}

/** What the other one is to `me`. */
export function seenBy(me: string, link: Link): { readonly otherId: string; readonly type: SeenAs } {
  if (link.from !== me) return { otherId: link.from, type: link.tie };
  const mirrored: Readonly<Record<Tie, SeenAs>> = { parent: 'child', emergency: 'emergency_for', sibling: 'sibling', partner: 'partner' };
  return { otherId: link.to, type: mirrored[link.tie] };
}

/** Nobody is both the family and its opposite: parent and child, parent and sibling, sibling and partner. An emergency contact may be anybody. */
const ruledOut: Readonly<Record<Tie, readonly Tie[]>> = { parent: ['parent', 'sibling', 'partner'], sibling: ['parent', 'partner'], partner: ['parent', 'sibling'], emergency: [] };

/** Links two people once. Rejects `relationship.with-self`, `relationship.contradiction`. */
export function linkPeople(state: PairState | undefined, people: readonly [Party, Party], link: Link): readonly PairFact[] {
  if (link.from === link.to) throw new Rejection('relationship.with-self', { errors: [{ pointer: '/otherPersonId', code: 'relationship.with-self', detail: 'Choose another person.' }] });
  const links = state?.links ?? [];
  if (links.some((l) => same(l, link))) return [];
  const existing = links.find((l) => ruledOut[link.tie].includes(l.tie));
  if (existing) throw new Rejection('relationship.contradiction', { existing: existing.tie });
  return [{ type: 'PeopleLinked', people, link }];
}

export function unlinkPeople(state: PairState, link: Link): readonly PairFact[] {
  return state.links.some((l) => same(l, link)) ? [{ type: 'PeopleUnlinked', people: state.people, link }] : [];
}

/** More than a large family has. */
export const maxRelationships = 60;

/** A number of its own for each kind and direction: with the pair's id it names one relationship. */
const signs = ['parent', 'child', 'sibling', 'partner', 'emergency', 'emergency_for'] as const satisfies readonly SeenAs[];

/** The sign of a link, as the first of the pair sees it. */
export const signOf = (pair: readonly [Party, Party], link: Link): string => String(signs.indexOf(seenBy(pair[0].personId, link).type));

/** The link a sign stands for; undefined when it stands for none. */
export function linkOfSign(pair: readonly [Party, Party], sign: string): Link | undefined {
  const type = signs[Number(sign)];
  return type && linkOf(pair[0].personId, pair[1].personId, type);
}
