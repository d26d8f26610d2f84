import { problem } from './problem-text.js';

export const agreementsProblems = {
  'agreement.outdated': problem(409, 'An agreement has to be accepted first', 'Read the agreements in agreementIds as they are now and accept them, then repeat the request.'),
  'agreement.retired': problem(409, 'This agreement is no longer in use', 'Choose another agreement.'),
  'agreement.no-authority': problem(422, 'This person cannot sign for the other', 'An adult signs for themselves, a guardian of the account or a parent for a minor.'),
  'agreement.accept-only': problem(422, 'This agreement cannot be declined', 'Accept it, or talk to the provider.'),
  'agreement.too-many': problem(409, 'Too many agreements', 'At most {max} can be in use. Retire one first.'),
} as const;
