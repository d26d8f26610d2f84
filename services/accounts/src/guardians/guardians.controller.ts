import { Controller } from '@nestjs/common';
import { GetGuardianPermissions, GetInvitee, LockContact, MakePrimary, SetGuardianPermissions, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { AccountStore } from '../accounts/account.store.js';
import { PersonStore } from '../accounts/person.store.js';
import { memberOf } from '../domain/account.js';
import { isLocked, lockContact } from '../domain/contact-lock.js';
import { makePrimary, permissionsOf, setPermissions } from '../domain/guardianship.js';
import { fullName } from '../domain/person.js';

/** Who looks after a family, and who may look on. */
@Controller()
export class GuardiansController {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
  ) {}

  @Handles(MakePrimary)
  async makePrimary(ctx: Ctx, { accountId, personId }: RequestOf<typeof MakePrimary>): Promise<ReplyOf<typeof MakePrimary>> {
    const { version } = await this.accounts.changeExisting(ctx, accountId, (account) => makePrimary(account, personId));
    return { accountId, primaryGuardianId: personId, version };
  }

  @Handles(SetGuardianPermissions)
  async setGuardianPermissions(ctx: Ctx, { accountId, personId, permissions }: RequestOf<typeof SetGuardianPermissions>): Promise<ReplyOf<typeof SetGuardianPermissions>> {
    const { state } = await this.accounts.changeExisting(ctx, accountId, (account) => setPermissions(account, personId, permissions));
    return { accountId, personId, permissions: [...permissionsOf(state, personId)] };
  }

  @Handles(GetGuardianPermissions)
  async getGuardianPermissions(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetGuardianPermissions>): Promise<ReplyOf<typeof GetGuardianPermissions>> {
    return { accountId, personId, permissions: [...permissionsOf((await this.accounts.get(ctx, accountId)).state, personId)] };
  }

  @Handles(GetInvitee)
  async getInvitee(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetInvitee>): Promise<ReplyOf<typeof GetInvitee>> {
    const [{ state: account }, { state: person }] = await Promise.all([this.accounts.get(ctx, accountId), this.people.get(ctx, personId)]);
    const member = memberOf(account, personId);
    return { accountKind: account.kind, role: member.role, name: fullName(person), email: person.email ?? null, contactLocked: isLocked(member, person) };
  }

  @Handles(LockContact)
  async lockContact(ctx: Ctx, { accountId, personId, userId, email }: RequestOf<typeof LockContact>): Promise<ReplyOf<typeof LockContact>> {
    memberOf((await this.accounts.get(ctx, accountId)).state, personId);
    await this.people.changeExisting(ctx, personId, (person) => lockContact(person, { accountId, userId, email }));
    // read after the lock: whoever changes roles from here on tells the login that is there
    const { state } = await this.accounts.get(ctx, accountId);
    return { role: memberOf(state, personId).role, roleChange: state.roleChange ?? 0 };
  }
}
