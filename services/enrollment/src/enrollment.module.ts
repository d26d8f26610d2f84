import { Module } from '@nestjs/common';
import { CLOCK, LOGGER, type Clock, type ServiceDefinition, type StoreParts } from '@matricula/platform';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { ClassStore } from './catalogue/class.store.js';
import { ProgrammeImport } from './catalogue/programme-import.js';
import { BillingAdapter } from './enrolment/billing.adapter.js';
import { EnrolmentController } from './enrolment/enrolment.controller.js';
import { EnrolmentStore } from './enrolment/enrolment.store.js';
import { Enrolling } from './enrolment/enrolling.js';
import { AbsenceReporting } from './makeup/absence-reporting.js';
import { AbsenceStore } from './makeup/absence.store.js';
import { MakeupTokenStore } from './makeup/makeup-token.store.js';
import { MakeupController } from './makeup/makeup.controller.js';
import { Redeeming } from './makeup/redeeming.js';
import { AccountsAdapter } from './people/accounts.adapter.js';
import { Recovery, type Resumable } from './recovery/recovery.job.js';
import { RostersController } from './rosters/rosters.controller.js';

@Module({
  controllers: [CatalogueController, EnrolmentController, MakeupController, RostersController],
  providers: [
    ClassStore, EnrolmentStore, AbsenceStore, MakeupTokenStore,
    AccountsAdapter, BillingAdapter,
    ProgrammeImport, Enrolling, AbsenceReporting, Redeeming,
    {
      provide: Recovery,
      inject: [CLOCK, LOGGER, Enrolling, AbsenceReporting, Redeeming],
      useFactory: (clock: Clock, logger: StoreParts['logger'], ...work: readonly Resumable[]) => new Recovery(work, clock, logger),
    },
  ],
})
class EnrollmentModule {}

export const enrollmentService: ServiceDefinition = {
  name: 'enrollment',
  module: EnrollmentModule,
  prepare: [ClassStore, EnrolmentStore, AbsenceStore, MakeupTokenStore, Recovery],
};
