import { problem } from './problem-text.js';

export const relationshipsProblems = {
  'relationship.with-self': problem(422, 'Nobody is related to themselves', 'Choose another person.'),
  'relationship.contradiction': problem(409, 'These two are related otherwise', 'They are {existing} already, which rules this out. Take that back first.'),
  'relationship.too-many': problem(409, 'Too many relationships', 'A person has at most {max}. Take one back first.'),
} as const;
