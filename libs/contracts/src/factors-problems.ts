import { problem } from './problem-text.js';

export const factorsProblems = {
  'identity.second-factor-required': problem(401, 'A second step is needed', 'Send challenge with a code of your authenticator app, or a recovery code, within {expiresInSeconds} seconds.'),
  'challenge.expired': problem(410, 'This took too long', 'Begin again.'),
  'challenge.used': problem(410, 'This step was made already', 'Begin again.'),
  'factor.code-wrong': problem(422, 'The code is not right', 'Enter the code your authenticator app shows now; each code works once. Or use a recovery code.'),
  'factor.totp-enabled': problem(409, 'An authenticator app is in use', 'Remove it first, then set up the new one.'),
  'factor.totp-disabled': problem(409, 'No authenticator app is in use', 'Set one up first.'),
  'factor.too-many-passkeys': problem(409, 'No more passkeys', 'At most {max} can be kept; remove one first.'),
  'passkey.refused': problem(401, 'The passkey was not accepted', 'Try again, or sign in with your password.'),
} as const;
