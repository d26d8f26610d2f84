import { problem } from './problem-text.js';

export const liveProblems = {
  'stream.too-many': problem(429, 'Too many open streams', 'At most {max} streams are open at once for a user. Close one, or wait {retryAfterSeconds} seconds.'),
} as const;
