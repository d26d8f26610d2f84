import { Injectable } from '@nestjs/common';
import type { Ctx, GetLearner, Person, ReplyOf, RequestOf, ShownPerson } from '@matricula/contracts';
import { invariant } from '@matricula/kernel';
import { fullName } from '../domain/person.js';
import { ShownPeople } from '../guardians/shown-people.js';
import { PlaceView, type Place } from './place.view.js';

/** What can be read of one person of an account. */
@Injectable()
export class PersonView {
  constructor(
    private readonly places: PlaceView,
    private readonly people: ShownPeople,
  ) {}

  /** The person with everything; for decisions, not for answers. */
  place(ctx: Ctx, accountId: string, personId: string): Promise<Place> {
    return this.places.get(ctx, accountId, personId);
  }

  async person(ctx: Ctx, accountId: string, personId: string): Promise<ShownPerson> {
    const place = await this.places.get(ctx, accountId, personId);
    return only(await this.people.shown(ctx, place.account, [place]));
  }

  /** With everything: for who has just written it. */
  async inFull(ctx: Ctx, accountId: string, personId: string): Promise<Person> {
    return only(await this.people.inFull(ctx, accountId, [await this.places.get(ctx, accountId, personId)]));
  }

  async learner(ctx: Ctx, { accountId, learnerId }: RequestOf<typeof GetLearner>): Promise<ReplyOf<typeof GetLearner>> {
    const { account, member, person } = await this.places.get(ctx, accountId, learnerId);
    return { accountId, accountKind: account.state.kind, accountStatus: account.state.status, learnerId, role: member.role, name: fullName(person.state), birthDate: person.state.birthDate ?? null };
  }
}

function only<P>([person]: readonly P[]): P {
  invariant(person !== undefined, 'one person asked for is one person shown');
  return person;
}
