/**
 * Texts of the reports, by language.
 *
 * @module
 */
import * as v from 'valibot';

/** Input parameter: the language of a report. */
export const Language = v.optional(v.picklist(['en', 'de']), 'en');
export type Language = v.InferOutput<typeof Language>;

const english = {
  files: (count: number, shown: string) => `${shown} ${count === 1 ? 'file' : 'files'}`,
  words: 'words',
  ofRecordings: 'of recordings',
  couldNotBeRead: 'could not be read',
  whatIsInIt: 'What is in it',
  nothing: 'There are no files in it yet.',
  longest: 'Longest recordings',
  frequent: 'Most frequent terms',
  unread: 'What could not be read',
  type: 'Type',
  fileCount: 'Files',
  size: 'Size',
  recording: 'Recording',
  length: 'Length',
  term: 'Term',
  times: 'Times',
  file: 'File',
  reason: 'Reason',
  noReason: 'No reason is known',
  trimmed: 'Very rare terms were left out of the count on the way.',
  distinctive: 'What sets it apart',
  pauses: 'Long pauses',
  outline: 'Outline',
  toRead: 'min to read',
  long: 'long',
  pace: 'words a minute',
  at: 'At',
  seconds: 'Seconds',
  firstShown: (count: number) => `The first ${count} are shown.`,
  section: 'Section',
  wordCount: 'Words',
  begins: 'Begins',
};
export type ReportWords = typeof english;

const german: ReportWords = {
  files: (count, shown) => `${shown} ${count === 1 ? 'Datei' : 'Dateien'}`,
  words: 'Wörter',
  ofRecordings: 'Aufnahmen',
  couldNotBeRead: 'nicht lesbar',
  whatIsInIt: 'Was darin ist',
  nothing: 'Es sind noch keine Dateien darin.',
  longest: 'Die längsten Aufnahmen',
  frequent: 'Die häufigsten Begriffe',
  unread: 'Was nicht gelesen werden konnte',
  type: 'Art',
  fileCount: 'Dateien',
  size: 'Größe',
  recording: 'Aufnahme',
  length: 'Länge',
  term: 'Begriff',
  times: 'Anzahl',
  file: 'Datei',
  reason: 'Grund',
  noReason: 'Ein Grund ist nicht bekannt',
  trimmed: 'Sehr seltene Begriffe wurden unterwegs nicht weitergezählt.',
  distinctive: 'Was sie auszeichnet',
  pauses: 'Lange Pausen',
  outline: 'Gliederung',
  toRead: 'Min. Lesezeit',
  long: 'lang',
  pace: 'Wörter in der Minute',
  at: 'Bei',
  seconds: 'Sekunden',
  firstShown: (count) => `Gezeigt werden die ersten ${count}.`,
  section: 'Abschnitt',
  wordCount: 'Wörter',
  begins: 'Beginn',
};

export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = { en: english, de: german };
