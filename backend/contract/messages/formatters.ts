/**
 * Formatters of the languages of pages, reports and mails.
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

/** Text of a message by language; null for an unknown code. */
export const FORMATTERS = {
  en: createFormatter(englishTexts),
  de: createFormatter(germanTexts),
} as const;
