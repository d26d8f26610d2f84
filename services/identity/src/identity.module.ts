import { Module } from '@nestjs/common';
import { type ServiceDefinition } from '@matricula/platform';
import { identityConfig } from './config.js';
import { Acceptance } from './invitations/acceptance.js';
import { Admission } from './invitations/admission.js';
import { InvitationLinks } from './invitations/invitation-links.js';
import { InvitationStore } from './invitations/invitation.store.js';
import { InvitationsController } from './invitations/invitations.controller.js';
import { InvitationView } from './invitations/invitation.view.js';
import { Issuing } from './invitations/issuing.js';
import { People } from './invitations/person.adapter.js';
import { Revoking } from './invitations/revoking.js';
import { UnfinishedInvitations } from './invitations/unfinished.sweep.js';
import { AccessMailsController } from './logins/access-mails.controller.js';
import { Enabling } from './logins/enabling.js';
import { LoginLinks } from './logins/login-links.js';
import { MyLoginController } from './logins/my-login.controller.js';
import { PasswordLinks } from './logins/password-links.js';
import { PasswordResetsController } from './logins/password-resets.controller.js';
import { ResetAskStore } from './logins/reset-ask.store.js';
import { ResetAsks } from './logins/reset-asks.sweep.js';
import { FactorsController } from './factors/factors.controller.js';
import { FactorSecrets } from './factors/factor-secrets.js';
import { Passkeys } from './factors/passkeys.js';
import { PasskeysController } from './factors/passkeys.controller.js';
import { SecondStep } from './factors/second-step.js';
import { WebAuthn } from './factors/webauthn.adapter.js';
import { Challenges } from './sessions/challenges.js';
import { KeyRingStore } from './keys/key-ring.store.js';
import { KeysController } from './keys/keys.controller.js';
import { SpentStore } from './sessions/spent.store.js';
import { AccessTokens } from './keys/access-tokens.js';
import { Reactions } from './reactions.js';
import { Door } from './sessions/door.adapter.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';
import { SessionStore } from './sessions/session.store.js';
import { SessionListController } from './sessions/session-list.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SigningIn } from './sessions/signing-in.js';
import { StandingController } from './sessions/standing.controller.js';
import { Credentials } from './users/credentials.js';
import { DeviceTokens } from './users/device-tokens.js';
import { Passwords } from './users/passwords.js';
import { SignInLimiter } from './users/sign-in-limiter.js';
import { UserStore } from './users/user.store.js';
import { LoginNamesController } from './users/login-names.controller.js';
import { UsersController } from './users/users.controller.js';

@Module({
  controllers: [UsersController, LoginNamesController, SessionsController, SessionListController, InvitationsController, MyLoginController, PasswordResetsController, AccessMailsController, StandingController, KeysController, FactorsController, PasskeysController, Reactions],
  providers: [
    UserStore, Passwords, SignInLimiter, DeviceTokens, Credentials,
    LoginLinks, PasswordLinks, Enabling, ResetAskStore, ResetAsks,
    SessionStore, RefreshTokens, Door, SigningIn, SpentStore, Challenges, FactorSecrets, SecondStep, WebAuthn, Passkeys, KeyRingStore, AccessTokens,
    InvitationStore, InvitationLinks, InvitationView, People, Issuing, Admission, Acceptance, Revoking, UnfinishedInvitations,
  ],
})
export class IdentityModule {}

export const identityService: ServiceDefinition = {
  name: 'identity',
  module: IdentityModule,
  prepare: [KeyRingStore, AccessTokens, UserStore, SessionStore, InvitationStore, UnfinishedInvitations, ResetAskStore, ResetAsks, SpentStore],
  config: identityConfig,
};
