/**
 * Formatters of the languages that the pages, reports and mails come in.
 *
 * @module
 */
import { createFormatter, englishTexts, type MessageTexts } from './catalogue.ts';
import { failuresGerman } from './german/failures.ts';
import { refusalsGerman } from './german/refusals.ts';
import { servicesGerman } from './german/services.ts';
import { uploadRefusalsGerman } from './german/upload-refusals.ts';
import { workGerman } from './german/work.ts';

export const germanTexts: MessageTexts = {
  ...workGerman,
  ...failuresGerman,
  ...servicesGerman,
  ...refusalsGerman,
  ...uploadRefusalsGerman,
};

/** Text of a message by language; null for a code that is unknown here. */
export const FORMATTERS = {
  en: createFormatter(englishTexts),
  de: createFormatter(germanTexts),
} as const;
