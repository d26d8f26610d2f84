import { problem } from './problem-text.js';

/** Refusals of account groups and of who manages them. */
export const groupProblems = {
  'group.cycle': problem(422, 'A group cannot be below itself', 'Choose parents that are not below this group.'),
  'group.unknown': problem(422, 'No such account group', 'Choose a group from GET /v1/account-groups; {groupId} is none.'),
  'group.root': problem(422, 'The group of all accounts is below no other', 'Leave its parents as they are.'),
  'group.protected': problem(409, 'The group is protected', 'Take its protection away first, then delete it.'),
  'group.in-use': problem(409, 'The group is not empty', 'Move its {what} elsewhere first, then delete it.'),
  'group.code-taken': problem(409, 'This Group ID is in use', 'Choose another Group ID or leave it out.'),
  'group.limit': problem(409, 'Too many account groups', 'A provider has at most {max} groups, deleted ones included.'),
} as const;
