import { problem } from './problem-text.js';

/** Refusals of the policy: settings, visibility, looking at the platform as somebody else. */
export const policyProblems = {
  'feature.disabled': problem(403, 'This is switched off', 'The provider has switched {flag} off here. Ask an administrator to switch it on.'),
  'permission.billing': problem(403, 'No access to billing', 'Your role in this account does not include {permission}. Ask the person who pays for it.'),
  'account.disabled': problem(403, 'This account is disabled', 'Ask the provider to enable the account again.'),
  'login.disabled': problem(403, 'No login for this kind of profile', 'The provider has switched logins off for your role. Ask an administrator.'),
  'setting.only-narrows': problem(422, 'It is off above', 'A narrower place can only switch {setting} off. Switch it on at {source} first.'),
  'view-as.read-only': problem(403, 'Looking only', 'Who looks at the platform as somebody else changes nothing. Do it as yourself.'),
} as const;
