import { AssignInstructors, CreateClass, Enrol, GetClass, GetEnrolment, GetRoster, ImportProgrammes, ListClasses, ListEnrolments, ListMakeupTokens, RedeemMakeupToken, ReportAbsence } from '@matricula/contracts';
import { get, post } from './http/route.js';

export const enrollmentRoutes = [
  post('/v1/imports/programmes', ImportProgrammes, 200, { timeoutMs: 30_000 }),
  post('/v1/classes', CreateClass, 201),
  get('/v1/classes', ListClasses),
  get('/v1/classes/{classId}', GetClass),
  post('/v1/classes/{classId}/instructors', AssignInstructors, 200),
  get('/v1/classes/{classId}/roster', GetRoster),
  post('/v1/accounts/{accountId}/enrolments', Enrol, 201),
  get('/v1/accounts/{accountId}/enrolments', ListEnrolments),
  get('/v1/accounts/{accountId}/enrolments/{enrolmentId}', GetEnrolment),
  post('/v1/accounts/{accountId}/enrolments/{enrolmentId}/absences', ReportAbsence, 201),
  get('/v1/accounts/{accountId}/makeup-tokens', ListMakeupTokens),
  post('/v1/accounts/{accountId}/makeup-tokens/{tokenId}/redemptions', RedeemMakeupToken, 201),
];
