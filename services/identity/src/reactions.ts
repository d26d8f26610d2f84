import { Controller } from '@nestjs/common';
import { MessageFailed, PrimaryChanged, type Ctx, type DataOf, type ReceivedEvent } from '@matricula/contracts';
import { On } from '@matricula/platform';
import { noteDeliveryProblem } from './domain/invitation.js';
import { changeRole } from './domain/user.js';
import { InvitationStore } from './invitations/invitation.store.js';
import { UserStore } from './users/user.store.js';

type Event<E> = ReceivedEvent<DataOf<E>>;

/** When others say X, logins and invitations follow. */
@Controller()
export class Reactions {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly users: UserStore,
  ) {}

  /** Whoever acts as one of the two guardians does so in the new role (ID-11). */
  @On(PrimaryChanged)
  async primaryChanged(ctx: Ctx, { data }: Event<typeof PrimaryChanged>): Promise<void> {
    const { accountId, personId, previousPersonId, roleChange } = data;
    await this.changeRoles(ctx, { accountId, personId, role: 'primary_guardian', roleChange });
    if (previousPersonId !== null) await this.changeRoles(ctx, { accountId, personId: previousPersonId, role: 'secondary_guardian', roleChange });
  }

  private async changeRoles(ctx: Ctx, grant: Parameters<typeof changeRole>[1]): Promise<void> {
    for (const { id } of await this.users.actingAs(ctx, grant.accountId, [grant.personId])) await this.users.changeExisting(ctx, id, (user) => changeRole(user, grant));
  }

  /** The invitation's mail came back: the indicator says so (SG-01). */
  @On(MessageFailed)
  async messageFailed(ctx: Ctx, { data }: Event<typeof MessageFailed>): Promise<void> {
    const isInvitation = data.template === 'invitation' && (await this.invitations.find(ctx, data.subjectId)) !== undefined;
    if (isInvitation) await this.invitations.changeExisting(ctx, data.subjectId, noteDeliveryProblem);
  }
}
