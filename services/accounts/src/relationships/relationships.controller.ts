import { Controller } from '@nestjs/common';
import { isStaff, LinkRelationship, ListRelationships, may, UnlinkRelationship } from '@matricula/contracts';
import type { Ctx, Relationship, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { demand, Handles, type Stored } from '@matricula/platform';
import { PersonStore } from '../accounts/person.store.js';
import { nameOf, PlaceView } from '../accounts/place.view.js';
import { linkOf, linkOfSign, linkPeople, maxRelationships, orderedPair, seenBy, unlinkPeople, type PairState } from '../domain/relationship.js';
import { PairStore, relationshipId } from './pair.store.js';

@Controller()
export class RelationshipsController {
  constructor(
    private readonly pairs: PairStore,
    private readonly places: PlaceView,
    private readonly people: PersonStore,
  ) {}

  @Handles(LinkRelationship)
  async linkRelationship(ctx: Ctx, body: RequestOf<typeof LinkRelationship>): Promise<ReplyOf<typeof LinkRelationship>> {
    const { accountId, personId, type, otherPersonId, otherAccountId = accountId } = body;
    if (otherAccountId !== accountId) demandElsewhere(ctx, otherAccountId);
    await Promise.all([this.places.demand(ctx, accountId, personId), this.places.demand(ctx, otherAccountId, otherPersonId)]);
    const pair = orderedPair({ accountId, personId }, { accountId: otherAccountId, personId: otherPersonId });
    const link = linkOf(personId, otherPersonId, type);
    const others = await this.pairs.of(ctx, personId);
    if (others.length >= maxRelationships) throw new Rejection('relationship.too-many', { max: maxRelationships });
    const id = this.pairs.idOf(ctx, pair);
    const saved = await this.pairs.change(ctx, id, (state) => linkPeople(state, pair, link));
    const linked = (await this.seen(ctx, personId, [saved])).find((r) => r.id === relationshipId(id, saved.state.people, link));
    if (!linked) throw new Rejection('resource.not-found');
    return linked;
  }

  @Handles(UnlinkRelationship)
  async unlinkRelationship(ctx: Ctx, { accountId, personId, relationshipId: asked }: RequestOf<typeof UnlinkRelationship>): Promise<ReplyOf<typeof UnlinkRelationship>> {
    await this.places.demand(ctx, accountId, personId);
    await this.pairs.changeExisting(ctx, asked.slice(0, -1), (state) => {
      const link = linkOfSign(state.people, asked.slice(-1));
      if (!link || !state.people.some((p) => p.personId === personId)) throw new Rejection('resource.not-found');
      return unlinkPeople(state, link);
    });
    return { removed: true };
  }

  @Handles(ListRelationships)
  async listRelationships(ctx: Ctx, { accountId, personId }: RequestOf<typeof ListRelationships>): Promise<ReplyOf<typeof ListRelationships>> {
    await this.places.demand(ctx, accountId, personId);
    return { items: await this.seen(ctx, personId, await this.pairs.of(ctx, personId)) };
  }

  /** Pairs as one of the two sees them. */
  private async seen(ctx: Ctx, me: string, pairs: readonly Stored<PairState>[]): Promise<Relationship[]> {
    const others = pairs.flatMap(({ state }) => state.people.filter((p) => p.personId !== me));
    const names = new Map((await this.people.withIds(ctx, others.map((o) => o.personId))).map((person) => [person.id, nameOf(person)]));
    return pairs.flatMap(({ id, state }) =>
      state.links.flatMap((link) => {
        const { otherId, type } = seenBy(me, link);
        const other = others.find((o) => o.personId === otherId);
        if (!other) return [];
        const readable = may(ctx.actor, 'relationships.read', other.accountId) === 'yes';
        return [{ id: relationshipId(id, state.people, link), type, name: names.get(otherId) ?? '', other: readable ? other : null }];
      }),
    );
  }
}

/** Another account is for staff who may change it; for everybody else it does not exist. */
function demandElsewhere(ctx: Ctx, accountId: string): void {
  if (ctx.actor.type === 'user' && !isStaff(ctx.actor)) throw new Rejection('resource.not-found');
  demand(ctx, 'relationships.write', accountId);
}
