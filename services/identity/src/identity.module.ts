import { Module } from '@nestjs/common';
import { CONFIG, type ServiceDefinition } from '@matricula/platform';
import { identityConfig, type IdentityConfig } from './config.js';
import { Acceptance } from './invitations/acceptance.js';
import { InvitationLinks } from './invitations/invitation-links.js';
import { InvitationStore } from './invitations/invitation.store.js';
import { InvitationsController } from './invitations/invitations.controller.js';
import { Issuing } from './invitations/issuing.js';
import { People } from './invitations/person.adapter.js';
import { UnfinishedInvitations } from './invitations/unfinished.sweep.js';
import { AccessTokens } from './sessions/access-tokens.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';
import { SessionStore } from './sessions/session.store.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { Credentials } from './users/credentials.js';
import { Passwords } from './users/passwords.js';
import { SignInLimiter } from './users/sign-in-limiter.js';
import { UserStore } from './users/user.store.js';
import { UsersController } from './users/users.controller.js';

@Module({
  controllers: [UsersController, SessionsController, InvitationsController],
  providers: [
    UserStore, Passwords, SignInLimiter, Credentials,
    SessionStore, RefreshTokens, { provide: AccessTokens, inject: [CONFIG], useFactory: (config: IdentityConfig) => AccessTokens.open(config.SIGNING_KEYS_FILE) },
    InvitationStore, InvitationLinks, People, Issuing, Acceptance, UnfinishedInvitations,
  ],
})
export class IdentityModule {}

export const identityService: ServiceDefinition = {
  name: 'identity',
  module: IdentityModule,
  prepare: [UserStore, SessionStore, InvitationStore, UnfinishedInvitations],
  config: identityConfig,
};
