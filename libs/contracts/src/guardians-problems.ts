import { problem } from './problem-text.js';

/** Refusals about guardians, invitations by them, and contact data that belongs to its owner. */
export const guardiansProblems = {
  'guardian.contact-locked': problem(403, 'This contact data belongs to its owner', 'This person can sign in and looks after their own name, addresses and phone numbers. Ask them to change it.'),
  'guardian.not-a-guardian': problem(422, 'Only a guardian can do this', 'Choose a guardian of this family.'),
  'invitation.by-primary': problem(403, 'The primary guardian sends this invitation', 'In a family, only the primary guardian invites others; the office invites the primary guardian and may withdraw.'),
  'invitation.by-office': problem(403, 'The office sends this invitation', 'The primary guardian is invited by the office, which also withdraws that access.'),
} as const;
