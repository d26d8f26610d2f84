import { problem } from './problem-text.js';

export const loginsProblems = {
  'identity.username-taken': problem(409, 'This user name is taken', 'Choose another user name.'),
  'contact.email-required': problem(422, 'An e-mail address is needed', 'Save an e-mail address for this person first; a login has one.'),
  'login.none': problem(409, 'This person has no login', 'Invite the person, or enable a login.'),
  'login.by-invitation': problem(409, 'This person is invited by the primary guardian', 'The primary guardian of the family sends secondary guardians their invitation.'),
  'password.wrong': problem(422, 'The current password is not right', 'Enter the password you sign in with now.'),
  'password-link.unknown': problem(404, 'No such link', 'Check the link, or ask for a new one.'),
  'password-link.used': problem(410, 'The link was used', 'Sign in with the password that was chosen, or ask for a new link.'),
  'password-link.expired': problem(410, 'The link has expired', 'Ask for a new link.'),
  'email-change.unknown': problem(404, 'No such link', 'Check the link, or change the address again.'),
  'email-change.used': problem(410, 'The link no longer works', 'It was used, or a later one replaces it. Change the address again if it is not the one you want.'),
  'email-change.expired': problem(410, 'The link has expired', 'Change the address again.'),
  'keys.too-soon': problem(409, 'The next key is too new', 'Whoever verifies tokens must have seen it: wait {retryAfterSeconds} seconds and rotate again.'),
} as const;
