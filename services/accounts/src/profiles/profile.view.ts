import { Injectable } from '@nestjs/common';
import { may, type Ctx, type PersonProfile } from '@matricula/contracts';
import { foldedText, Rejection } from '@matricula/kernel';
import { nameOf, PlaceView, type Place } from '../accounts/place.view.js';
import { mailRecipients } from '../domain/account.js';
import { clientStatus } from '../domain/client-status.js';
import { viewerOf } from '../guardians/viewer.js';
import { DealingView } from './dealing.view.js';
import { LoginNames } from './login-names.adapter.js';
import { SignInView } from './sign-in.view.js';

/** About a person, put together from the record and from what identity, enrolment and billing told. */
@Injectable()
export class ProfileView {
  constructor(
    private readonly places: PlaceView,
    private readonly signIns: SignInView,
    private readonly dealings: DealingView,
    private readonly logins: LoginNames,
  ) {}

  /** The place of a person whose profile the caller may see: staff all, customers their own and their children's. Contact data of other adults is theirs alone (ID-15). */
  async visible(ctx: Ctx, accountId: string, personId: string): Promise<Place> {
    const place = await this.places.get(ctx, accountId, personId);
    const child = place.member.role === 'learner' && may(ctx.actor, 'people.read', accountId) === 'yes';
    if (viewerOf(ctx, accountId).type !== 'office' && !isSelf(ctx, accountId, personId) && !child) throw new Rejection('resource.not-found');
    return place;
  }

  async profile(ctx: Ctx, accountId: string, personId: string): Promise<PersonProfile> {
    const { account, member, person } = await this.visible(ctx, accountId, personId);
    const pays = mailRecipients(account.state).some((m) => m.personId === personId);
    const [signIn, lastAt] = await Promise.all([this.signIns.of(ctx, personId), this.dealings.last(ctx, pays ? [personId, accountId] : [personId])]);
    const username = signIn ? await this.logins.of(ctx, signIn.userId) : null;
    const { firstName, lastName, birthDate = null, email = null, phone = null, address = null, appName } = person.state;
    const displayName = nameOf(person);
    return {
      id: personId, accountId, role: member.role, displayName, appName: appName ?? displayName, appNameDiffers: foldedText(appName ?? displayName) !== foldedText(displayName),
      clientStatus: clientStatus(lastAt, ctx.now), firstName, lastName, birthDate, lastLoginAt: signIn?.lastLoginAt ?? null, username, email, phone, address, version: person.version,
    };
  }
}

const isSelf = ({ actor }: Ctx, accountId: string, personId: string): boolean => actor.type === 'user' && actor.grants.some((g) => g.accountId === accountId && g.personId === personId);
