import { problem } from './problem-text.js';

export const syncingProblems = {
  'sync.too-many': problem(409, 'Too many integrations are off', 'At most {max} are turned off one by one. Turn one on first.'),
} as const;
