import { agreementsProblems } from './agreements-problems.js';
import { filesProblems } from './files-problems.js';
import { formProblems } from './forms-problems.js';
import { groupProblems } from './groups-problems.js';
import { factorsProblems } from './factors-problems.js';
import { guardiansProblems } from './guardians-problems.js';
import { loginsProblems } from './logins-problems.js';
import { ledgerProblems } from './ledger-problems.js';
import { policyProblems } from './policy-problems.js';
import { liveProblems } from './live-problems.js';
import { problem, type ProblemText } from './problem-text.js';
import { qrProblems } from './qr-problems.js';
import { relationshipsProblems } from './relationships-problems.js';
import { syncingProblems } from './syncing-problems.js';

/**
 * Every refusal a caller can get: stable code → HTTP status, title, and a sentence that says what to do.
 * Rendered by the gateway as RFC 9457 problem+json; `{name}` is filled from the refusal's details.
 */
export const problems = {
  // of every request
  'request.malformed': problem(400, 'Malformed request', 'The body is not valid JSON. Send one JSON object.'),
  'request.invalid': problem(422, 'Some fields are not valid', 'Correct the fields listed in errors and send the request again.'),
  'request.unsupported-media-type': problem(415, 'Unsupported media type', 'Send {expected}.'),
  'request.too-large': problem(413, 'Request too large', 'Send at most {maxBytes} bytes.'),
  'route.not-found': problem(404, 'No such route', 'See /docs for the routes of this API.'),
  'resource.not-found': problem(404, 'Not found', 'Check the id; it may belong to another account or not exist.'),
  'idempotency.key-missing': problem(400, 'Idempotency-Key is missing', 'Send a header Idempotency-Key with a value of your own, unique for this action; send the same value when you repeat the request.'),
  'idempotency.key-reused': problem(422, 'Idempotency-Key was used for another request', 'Send a new Idempotency-Key, or the body of the first request.'),
  'idempotency.in-progress': problem(409, 'The same request is still running', 'Wait a moment and repeat the request with the same Idempotency-Key.'),
  'precondition.required': problem(428, 'If-Match is missing', 'Read the resource and send its ETag as If-Match.'),
  'precondition.failed': problem(412, 'Somebody changed it first', 'Read the resource again (its version is now {version}) and repeat the change.'),
  'conflict.busy': problem(409, 'Too many changes at the same moment', 'Repeat the request.'),
  'service.unavailable': problem(503, 'A part of the platform is not available', 'Nothing was changed. Repeat the request in a few seconds.'),
  'service.timeout': problem(504, 'A part of the platform did not answer in time', 'The change may have been made. Repeat the request with the same Idempotency-Key, or read the resource.'),
  'internal.unexpected': problem(500, 'Something went wrong on our side', 'Repeat the request later; tell support the correlation id {correlationId} if it stays.'),
  // who is calling
  'auth.token-missing': problem(401, 'Sign in first', 'Send an access token: Authorization: Bearer <token>.'),
  'auth.token-invalid': problem(401, 'The access token is not valid', 'Sign in again or refresh the session.'),
  'auth.token-expired': problem(401, 'The access token has expired', 'Refresh the session and repeat the request.'),
  'auth.operator-only': problem(403, 'For the operator of the platform', 'Use the operator key of this installation.'),
  'permission.denied': problem(403, 'Not allowed', 'Your role does not include {permission}. Ask an administrator of the provider.'),
  'rate.limited': problem(429, 'Too many requests', 'Wait {retryAfterSeconds} seconds and try again.'),
  // identity
  'identity.credentials-wrong': problem(401, 'Sign-in failed', 'Check the e-mail address or user name, and the password. After an invitation, use the password you set then.'),
  'identity.too-many-attempts': problem(429, 'Too many sign-in attempts', 'Wait {retryAfterSeconds} seconds and try again.'),
  'identity.email-taken': problem(409, 'This e-mail address already has a login', 'Sign in with it, or use another address.'),
  'identity.session-expired': problem(401, 'The session has ended', 'Sign in again.'),
  'identity.session-reused': problem(401, 'The session was ended for safety', 'A refresh token was used twice. Sign in again.'),
  'identity.too-many-accounts': problem(409, 'This login belongs to too many accounts', 'A login can belong to {max} accounts. Use another e-mail address.'),
  'password.common': problem(422, 'This password is too common', 'Choose a password that is not on lists of leaked passwords.'),
  'guardian.email-required': problem(422, 'An e-mail address is needed', 'Save an e-mail address for this person, then send the invitation.'),
  'invitation.pending': problem(409, 'An invitation is already open', 'Use resend to send a new link.'),
  'invitation.not-found': problem(404, 'No such invitation', 'Check the link, or ask for a new invitation.'),
  'invitation.expired': problem(410, 'The invitation has expired', 'Ask the provider to send it again; links are valid for 48 hours.'),
  'invitation.superseded': problem(410, 'A newer invitation was sent', 'Use the link in the latest e-mail.'),
  'invitation.revoked': problem(410, 'The invitation was withdrawn', 'Ask the provider for a new invitation.'),
  'invitation.already-used': problem(409, 'The invitation was already used', 'Sign in with your e-mail address and password.'),
  'invitation.adult-required': problem(422, 'Only adults may accept', 'Confirm that you are at least 18 years old.'),
  'invitation.terms-required': problem(422, 'Terms and privacy policy must be accepted', 'Accept both to continue.'),
  ...loginsProblems,
  ...factorsProblems,
  // accounts
  'accounts.provider-exists': problem(409, 'This provider already exists', 'Choose another slug.'),
  'accounts.code-taken': problem(409, 'This Account ID is in use', 'Choose another Account ID or leave it out.'),
  'accounts.external-id-taken': problem(409, 'This External ID is in use', 'Choose another External ID or leave it out.'),
  'accounts.primary-exists': problem(409, 'The family already has a primary guardian', 'Add the person as a secondary guardian.'),
  'accounts.kind-forbids-role': problem(422, 'This kind of account has no such role', 'Use a role that fits an account of kind {kind}.'),
  'accounts.child-needs-family': problem(422, 'A child needs a family', 'Add the learner to a family or an organization: POST /v1/accounts/{accountId}/people.'),
  'accounts.too-many-people': problem(422, 'The account is full', 'An account has at most {max} people.'),
  ...formProblems,
  ...groupProblems,
  'manager.account-unknown': problem(422, 'No such account', 'Choose accounts of this provider; {accountId} is none.'),
  'import.not-csv': problem(422, 'The file is not the expected CSV', 'Send CSV text with the header of the template; missing: {missing}.'),
  'import.too-many-rows': problem(422, 'The file has too many rows', 'Send at most {max} rows in one file; nothing of this one was loaded.'),
  // billing
  ...ledgerProblems,
  'billing.account-unknown': problem(404, 'No billing account', 'Check the account id.'),
  'currency.mismatch': problem(422, 'Wrong currency', 'Use {expected}, the currency of this account.'),
  'billing.child-not-billable': problem(422, 'A child is not billed', 'Choose a guardian as payer, or leave the payer out: the charge stands on the family account.'),
  'billing.payer-unknown': problem(422, 'No such payer', 'Choose a person of this account as payer, or leave the payer out.'),
  'billing.nothing-due': problem(409, 'Nothing is due', 'There is no open amount to pay.'),
  'billing.nothing-to-invoice': problem(409, 'Nothing to invoice', 'Every charge of this account is on an invoice already.'),
  'billing.too-many-open-items': problem(409, 'Too many open charges', 'Pay some of the {max} open charges first.'),
  'billing.charge-refused': problem(409, 'This charge was given up', 'It will never be posted. Enrol again to be charged anew.'),
  'payment.gateway-not-configured': problem(409, 'Payments are not set up', 'This provider takes no payments online yet. Pay at the office.'),
  'payment.method-unknown': problem(404, 'No such payment method', 'Save a payment method first, or check its id.'),
  'payment.method-limit': problem(409, 'No more payment methods', 'At most {max} can be saved for an account; use a saved one.'),
  'payment.card-refused': problem(422, 'The card was refused', 'Check the card or use another one ({reason}).'),
  'payment.declined': problem(402, 'The payment was declined', 'Use another payment method ({reason}). Nothing was charged.'),
  'payment.in-progress': problem(409, 'Another payment is being made', 'Wait a moment, read what is still due and repeat the request.'),
  'payment.signature-invalid': problem(401, 'The signature does not match', 'Sign the exact body with the shared secret.'),
  // enrolment
  'class.full': problem(409, 'The class is full', 'Choose another class; {capacity} of {capacity} places are taken.'),
  'class.code-taken': problem(409, 'This class code is in use', 'Choose another code; {code} is another class.'),
  'class.not-open': problem(409, 'The class is not open for enrolment', 'Choose a class that has not ended.'),
  'enrollment.requirements-unmet': problem(422, 'Some requirements are not met', 'Clear every item in requirements, then enrol again.'),
  'enrollment.already-enrolled': problem(409, 'Already enrolled', 'This learner has a place in this class.'),
  'enrollment.not-active': problem(409, 'The enrolment is not active', 'Only an active enrolment can do this.'),
  'absence.no-session': problem(422, 'No session on this date', 'Choose a date on which the class meets.'),
  'absence.too-late': problem(409, 'The session is over', 'Absences are reported before the session starts; ask the office.'),
  'makeup.token-unavailable': problem(409, 'The makeup token cannot be used', 'It is {state}. Choose an available token.'),
  'makeup.token-expired': problem(410, 'The makeup token has expired', 'It was valid until {expiresOn}.'),
  'makeup.same-session': problem(422, 'That is the missed session', 'Choose another session.'),
  'makeup.not-eligible': problem(422, 'This session does not fit', 'Choose a session that fits the learner ({reason}).'),
  // notifications
  'endpoint.url-forbidden': problem(422, 'This address is not allowed', 'Use a public https address; private and loopback addresses are refused.'),
  'endpoint.limit': problem(409, 'Too many endpoints', 'At most {max} endpoints can be registered.'),
  'inbox.disabled': problem(404, 'No development inbox', 'The development inbox exists outside production only, when no SMTP server is configured.'),
  ...agreementsProblems,
  ...filesProblems,
  ...liveProblems,
  ...qrProblems,
  ...policyProblems,
  ...relationshipsProblems,
  ...syncingProblems,
  ...guardiansProblems,
} as const satisfies Readonly<Record<string, ProblemText>>;

export type ProblemCode = keyof typeof problems;

const texts: Readonly<Record<string, ProblemText>> = problems;

/** The catalogue's entry for a code; an unknown code is a bug of ours and answered as one. */
export function problemText(code: string): ProblemText & { readonly code: string } {
  const known = texts[code];
  return known ? { code, ...known } : { code: 'internal.unexpected', ...problems['internal.unexpected'] };
}
