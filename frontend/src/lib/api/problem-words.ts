/**
 * Messages for failed responses that have none from the server.
 *
 * @module
 */
import { FINAL_WORDS, type ProblemWords } from './problem.ts';

export const PROBLEM_WORDS: ProblemWords = {
  ...FINAL_WORDS,
  409: ['conflict', 'Something has changed meanwhile. Reload the page and try again.'],
  413: ['too_large', 'This is too large.'],
  429: ['too_many_requests', 'Too many requests. Try again in a moment.'],
  503: ['unavailable', 'The server is not available right now. Try again in a moment.'],
};
