import { accountsRoutes } from './accounts.routes.js';
import { billingRoutes } from './billing.routes.js';
import { documentsRoutes } from './documents.routes.js';
import { enrollmentRoutes } from './enrollment.routes.js';
import { factorsRoutes } from './factors.routes.js';
import { formsRoutes } from './forms.routes.js';
import { groupsRoutes } from './groups.routes.js';
import { guardiansRoutes } from './guardians.routes.js';
import { identityRoutes } from './identity.routes.js';
import { ledgerRoutes } from './ledger.routes.js';
import { loginsRoutes } from './logins.routes.js';
import { notificationsRoutes } from './notifications.routes.js';
import { personsRoutes } from './persons.routes.js';
import { policyRoutes } from './policy.routes.js';

/** Every procedure of a service that is reached over HTTP. */
export const routes = [
  ...identityRoutes,
  ...loginsRoutes,
  ...accountsRoutes,
  ...guardiansRoutes,
  ...groupsRoutes,
  ...formsRoutes,
  ...personsRoutes,
  ...documentsRoutes,
  ...enrollmentRoutes,
  ...billingRoutes,
  ...ledgerRoutes,
  ...notificationsRoutes,
  ...factorsRoutes,
  ...policyRoutes,
];
