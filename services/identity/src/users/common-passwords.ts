import { dictionary } from '@zxcvbn-ts/language-common';

const leaked: ReadonlySet<string> = new Set(dictionary['passwords-common']);
/** What people append to make an old password new: a year, a digit, a mark. */
const appended = /[0-9!@#$%&*._-]{1,5}$/;

/**
 * Is this one of the passwords that everybody has (ID-19)? Known from leaks (49,000 of them), or one of those with a
 * few digits or marks appended. Capital letters do not make it rarer, one letter repeated does not either.
 */
export function isCommonPassword(password: string): boolean {
  const folded = password.normalize('NFKC').trim().toLowerCase();
  return leaked.has(folded) || leaked.has(folded.replace(appended, '')) || new Set(folded).size <= 2;
}
