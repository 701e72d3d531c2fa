/**
 * Texts of mails, in the languages of the pages.
 *
 * @module
 */
import type { MailLanguage } from '#contract/background.ts';

export interface MailTexts {
  /** Locale of numbers and times. */
  readonly locale: string;
  hello(name: string): string;
  /** Fallback name if neither a knowledge base nor a job gives one. */
  readonly yourWork: string;
  quoted(title: string): string;
  readonly done: string;
  readonly failed: string;
  /** `files` counts the processed ones. */
  files(files: number): string;
  failedFiles(files: number): string;
  took(minutes: number): string;
  readonly look: string;
  because(minutes: number): string;
  readonly change: string;
}

const english: MailTexts = {
  locale: 'en',
  hello: (name) => `Hello ${name},`,
  yourWork: 'Your work',
  quoted: (title) => `“${title}”`,
  done: 'done',
  failed: 'failed',
  files: (files) => `${files} ${files === 1 ? 'file was' : 'files were'} processed.`,
  failedFiles: (files) =>
    `${files} ${files === 1 ? 'file' : 'files'} could not be processed; the page says why.`,
  took: (minutes) => `It took ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
  look: 'Have a look',
  because: (minutes) =>
    `You asked to be told of work that takes ${minutes} ${
      minutes === 1 ? 'minute' : 'minutes'
    } or longer.`,
  change: 'Change that',
};

const german: MailTexts = {
  locale: 'de',
  hello: (name) => `Guten Tag ${name},`,
  yourWork: 'Ihr Auftrag',
  quoted: (title) => `„${title}“`,
  done: 'fertig',
  failed: 'fehlgeschlagen',
  files: (files) => `${files} ${files === 1 ? 'Datei wurde' : 'Dateien wurden'} verarbeitet.`,
  failedFiles: (files) =>
    `${files} ${files === 1 ? 'Datei konnte' : 'Dateien konnten'} nicht verarbeitet werden; ` +
    'die Seite sagt, warum.',
  took: (minutes) => `Das hat ${minutes} ${minutes === 1 ? 'Minute' : 'Minuten'} gedauert.`,
  look: 'Ansehen',
  because: (minutes) =>
    `Sie wollten von Arbeiten erfahren, die ${minutes} ${
      minutes === 1 ? 'Minute' : 'Minuten'
    } oder länger dauern.`,
  change: 'Ändern',
};

export const MAIL_TEXTS: Readonly<Record<MailLanguage, MailTexts>> = { en: english, de: german };
