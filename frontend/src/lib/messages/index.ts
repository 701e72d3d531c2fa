/**
 * Every text that the components show, by language. Pass an object of the same shape for another
 * one. Each area is a file of its own with both languages side by side.
 *
 * @module
 */
import { actionsEnglish, actionsGerman } from './actions.ts';
import { filesAreaEnglish, filesAreaGerman } from './files.ts';
import { historyEnglish, historyGerman } from './history.ts';
import { languageEnglish, languageGerman } from './language.ts';
import { noticesEnglish, noticesGerman } from './notices.ts';
import { preferencesEnglish, preferencesGerman } from './preferences.ts';
import { jobsEnglish, jobsGerman } from './jobs.ts';
import { knowledgeEnglish, knowledgeGerman } from './knowledge.ts';
import { progressEnglish, progressGerman } from './progress.ts';
import { queueEnglish, queueGerman } from './queue.ts';
import { readerEnglish, readerGerman } from './reader.ts';
import { readingEnglish, readingGerman } from './reading.ts';
import { searchEnglish, searchGerman } from './search.ts';
import { serverEnglish, serverGerman } from './backend.ts';
import { trayEnglish, trayGerman } from './tray.ts';
import { uploadsEnglish, uploadsGerman } from './uploads.ts';
import { webhooksEnglish, webhooksGerman } from './webhooks.ts';

export const englishMessages = {
  /** BCP 47; also how numbers, dates and durations are written. */
  locale: 'en',
  ...progressEnglish,
  ...actionsEnglish,
  ...filesAreaEnglish,
  ...readingEnglish,
  server: serverEnglish,
  tray: trayEnglish,
  queue: queueEnglish,
  history: historyEnglish,
  notices: noticesEnglish,
  preferences: preferencesEnglish,
  reader: readerEnglish,
  uploads: uploadsEnglish,
  knowledge: knowledgeEnglish,
  jobs: jobsEnglish,
  search: searchEnglish,
  webhooks: webhooksEnglish,
  language: languageEnglish,
};

export type Messages = typeof englishMessages;

export const germanMessages: Messages = {
  locale: 'de',
  ...progressGerman,
  ...actionsGerman,
  ...filesAreaGerman,
  ...readingGerman,
  server: serverGerman,
  tray: trayGerman,
  queue: queueGerman,
  history: historyGerman,
  notices: noticesGerman,
  preferences: preferencesGerman,
  reader: readerGerman,
  uploads: uploadsGerman,
  knowledge: knowledgeGerman,
  jobs: jobsGerman,
  search: searchGerman,
  webhooks: webhooksGerman,
  language: languageGerman,
};
