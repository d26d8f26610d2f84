import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { linkOf, linkOfSign, linkPeople, orderedPair, pairAggregate, seenBy, signOf, unlinkPeople, type PairFact, type SeenAs } from './relationship.js';

const ana = { accountId: 'acc_1', personId: 'per_a' };
const ben = { accountId: 'acc_1', personId: 'per_b' };
const pair = orderedPair(ben, ana);
const linked = (seenAs: SeenAs, me = 'per_a', other = 'per_b'): PairFact => ({ type: 'PeopleLinked', people: pair, link: linkOf(me, other, seenAs) });
const types: readonly SeenAs[] = ['parent', 'child', 'sibling', 'partner', 'emergency', 'emergency_for'];

describe('ID-42 a relationship', () => {
  it('is one thing seen from two sides', () => {
    const mirrored: Readonly<Record<SeenAs, SeenAs>> = { parent: 'child', child: 'parent', sibling: 'sibling', partner: 'partner', emergency: 'emergency_for', emergency_for: 'emergency' };
    for (const type of types) {
      const link = linkOf('per_a', 'per_b', type);
      expect(seenBy('per_a', link)).toEqual({ otherId: 'per_b', type });
      expect(seenBy('per_b', link)).toEqual({ otherId: 'per_a', type: mirrored[type] });
      expect(linkOf('per_b', 'per_a', mirrored[type])).toEqual(link);
    }
  });
  it('has a sign that says which of the pair\'s it is', () => {
    for (const type of types) expect(linkOfSign(pair, signOf(pair, linkOf('per_a', 'per_b', type)))).toEqual(linkOf('per_a', 'per_b', type));
    expect(linkOfSign(pair, '9')).toBeUndefined();
  });
  it('is made once, whoever says it', () => {
    given(pairAggregate).when((s) => linkPeople(s, pair, linkOf('per_a', 'per_b', 'child'))).then(linked('child'));
    given(pairAggregate, linked('child')).when((s) => linkPeople(s, pair, linkOf('per_b', 'per_a', 'parent'))).thenNothing();
  });
  it('with oneself is refused', () => {
    given(pairAggregate).when((s) => linkPeople(s, [ana, ana], linkOf('per_a', 'per_a', 'sibling'))).thenRejected('relationship.with-self');
  });
  it.each<[SeenAs, SeenAs]>([['parent', 'child'], ['parent', 'sibling'], ['sibling', 'partner'], ['partner', 'child']])('%s rules out %s', (first, second) => {
    given(pairAggregate, linked(first)).when((s) => linkPeople(s, pair, linkOf('per_a', 'per_b', second))).thenRejected('relationship.contradiction');
  });
  it('emergency goes with everything', () => {
    given(pairAggregate, linked('parent')).when((s) => linkPeople(s, pair, linkOf('per_a', 'per_b', 'emergency'))).thenTypes('PeopleLinked');
  });
  it('that is taken back leaves nobody to be looked up', () => {
    const { link } = linked('sibling');
    expect(given(pairAggregate, linked('sibling')).when((s) => (s ? unlinkPeople(s, link) : [])).state()).toEqual({ people: pair, links: [], personIds: [] });
    given(pairAggregate, linked('sibling')).when((s) => (s ? unlinkPeople(s, linkOf('per_a', 'per_b', 'partner')) : [])).thenNothing();
  });
});
