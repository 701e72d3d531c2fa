/**
 * Notices on files that were not read in full or not reliably.
 *
 * @module
 */
import { noticesGerman as textsGerman } from '#contract/messages/german/notices.ts';
import { noticesEnglish as textsEnglish } from '#contract/messages/notices.ts';

export const noticesEnglish = {
  of: textsEnglish,
  files: (count: number) => `${count} with notices`,
  title: 'Read with notices',
  more: (count: number) => count === 1 ? '1 more notice' : `${count} more notices`,
};

export const noticesGerman: typeof noticesEnglish = {
  of: textsGerman,
  files: (count) => `${count} mit Hinweisen`,
  title: 'Mit Hinweisen gelesen',
  more: (count) => count === 1 ? '1 weiterer Hinweis' : `${count} weitere Hinweise`,
};
