import { Module } from '@nestjs/common';
import type { ServiceDefinition } from '@matricula/platform';
import { AccountOpening } from './accounts/account-opening.js';
import { AccountStore } from './accounts/account.store.js';
import { AccountView } from './accounts/account.view.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { Newcomers } from './accounts/newcomers.js';
import { PersonStore } from './accounts/person.store.js';
import { PlaceView } from './accounts/place.view.js';
import { FamilyImport } from './imports/family-import.js';
import { ImportsController } from './imports/imports.controller.js';
import { HealthReadStore } from './memos/health-read.store.js';
import { MemoStore } from './memos/memo.store.js';
import { MemosController } from './memos/memos.controller.js';
import { ProviderStore } from './providers/provider.store.js';
import { ProvidersController } from './providers/providers.controller.js';
import { PairStore } from './relationships/pair.store.js';
import { RelationshipsController } from './relationships/relationships.controller.js';

@Module({
  controllers: [ProvidersController, AccountsController, ImportsController, MemosController, RelationshipsController],
  providers: [ProviderStore, AccountStore, PersonStore, Newcomers, AccountOpening, AccountView, PlaceView, FamilyImport, MemoStore, HealthReadStore, PairStore],
})
class AccountsModule {}

export const accountsService: ServiceDefinition = { name: 'accounts', module: AccountsModule, prepare: [ProviderStore, AccountStore, PersonStore, Newcomers, MemoStore, HealthReadStore, PairStore] };
