import { Module } from '@nestjs/common';
import type { ServiceDefinition } from '@matricula/platform';
import { AccountOpening } from './accounts/account-opening.js';
import { AccountListView } from './accounts/account-list.view.js';
import { AccountRules } from './accounts/account-rules.js';
import { AccountStore } from './accounts/account.store.js';
import { AccountView } from './accounts/account.view.js';
import { AccountsController } from './accounts/accounts.controller.js';
import { Newcomers } from './accounts/newcomers.js';
import { PeopleController } from './accounts/people.controller.js';
import { PersonRules } from './accounts/person-rules.js';
import { PersonStore } from './accounts/person.store.js';
import { PersonView } from './accounts/person.view.js';
import { PlaceView } from './accounts/place.view.js';
import { AccountCareController } from './care/account-care.controller.js';
import { ActivityController } from './activity/activity.controller.js';
import { ActivityView } from './activity/activity.view.js';
import { AgreementLedger } from './agreements/agreement-ledger.js';
import { AgreementStore, AgreementTextStore } from './agreements/agreement.store.js';
import { AgreementsController } from './agreements/agreements.controller.js';
import { Signatories } from './agreements/signatories.js';
import { SignatureStore } from './agreements/signature.store.js';
import { SignaturesController } from './agreements/signatures.controller.js';
import { FileBytes } from './files/file-bytes.store.js';
import { FileIntake } from './files/file-intake.js';
import { FileTransferController } from './files/file-transfer.controller.js';
import { FileStore } from './files/file.store.js';
import { FileSweep } from './files/file.sweep.js';
import { FilesController } from './files/files.controller.js';
import { VirusScan } from './files/virus-scan.adapter.js';
import { BrandingController } from './branding/branding.controller.js';
import { BrandingStore } from './branding/branding.store.js';
import { accountsConfig } from './config.js';
import { FieldSetStore } from './forms/field-set.store.js';
import { FormStore } from './forms/form.store.js';
import { FormsController } from './forms/forms.controller.js';
import { RecordRules } from './forms/record-rules.js';
import { GroupTreeStore } from './groups/group-tree.store.js';
import { GroupsController } from './groups/groups.controller.js';
import { Accesses } from './guardians/access.adapter.js';
import { GuardiansController } from './guardians/guardians.controller.js';
import { ShownPeople } from './guardians/shown-people.js';
import { FamilyImport } from './imports/family-import.js';
import { ImportsController } from './imports/imports.controller.js';
import { KnownFamilies } from './imports/known-families.js';
import { ManagerScopeStore } from './managers/manager-scope.store.js';
import { ManagersController } from './managers/managers.controller.js';
import { Sights } from './managers/sight.js';
import { HealthReadStore } from './memos/health-read.store.js';
import { MemoStore } from './memos/memo.store.js';
import { MemosController } from './memos/memos.controller.js';
import { EmployeeView } from './persons/employee.view.js';
import { GuestOpening } from './persons/guest-opening.js';
import { PersonListView } from './persons/person-list.view.js';
import { PersonsController } from './persons/persons.controller.js';
import { DealingView } from './profiles/dealing.view.js';
import { LoginNames } from './profiles/login-names.adapter.js';
import { ProfileView } from './profiles/profile.view.js';
import { ProfilesController } from './profiles/profiles.controller.js';
import { SignInView } from './profiles/sign-in.view.js';
import { ProviderStore } from './providers/provider.store.js';
import { ProvidersController } from './providers/providers.controller.js';
import { QrController } from './qr/qr.controller.js';
import { QrBadgeStore, QrKeyStore } from './qr/qr.store.js';
import { Reactions } from './reactions.js';
import { PairStore } from './relationships/pair.store.js';
import { RelationshipsController } from './relationships/relationships.controller.js';
import { PersonSyncController } from './sync/person-sync.controller.js';
import { PersonSyncStore } from './sync/person-sync.store.js';
import { SettingsController } from './settings/settings.controller.js';
import { SettingsStore } from './settings/settings.store.js';
import { SettingsView } from './settings/settings.view.js';
import { ViewingController } from './visibility/viewing.controller.js';
import { VisibilityController } from './visibility/visibility.controller.js';
import { VisibilityView } from './visibility/visibility.view.js';

const prepared = [ProviderStore, SettingsStore, AccountStore, PersonStore, Newcomers, GroupTreeStore, ManagerScopeStore, FieldSetStore, FormStore, ActivityView, SignInView, MemoStore, HealthReadStore, PairStore, AgreementStore, AgreementTextStore, SignatureStore, FileStore, FileBytes, FileSweep, BrandingStore, QrBadgeStore, QrKeyStore, PersonSyncStore];

@Module({
  controllers: [ProvidersController, AccountsController, PeopleController, GuardiansController, AccountCareController, PersonsController, ProfilesController, ActivityController, GroupsController, ManagersController, FormsController, ImportsController, MemosController, RelationshipsController, AgreementsController, SignaturesController, FilesController, FileTransferController, BrandingController, QrController, PersonSyncController, SettingsController, ViewingController, VisibilityController, Reactions],
  providers: [...prepared, Sights, AccountRules, PersonRules, RecordRules, Signatories, AgreementLedger, VirusScan, FileIntake, AccountOpening, AccountView, PersonView, Accesses, ShownPeople, AccountListView, EmployeeView, GuestOpening, PersonListView, DealingView, LoginNames, ProfileView, PlaceView, KnownFamilies, FamilyImport, SettingsView, VisibilityView],
})
class AccountsModule {}

export const accountsService: ServiceDefinition = { name: 'accounts', module: AccountsModule, prepare: prepared, config: accountsConfig };
