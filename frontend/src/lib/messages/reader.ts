/**
 * Texts of the pages that show documents and transcripts.
 *
 * @module
 */
import type { PartKind } from '#contract/files.ts';

type Ranges = Record<PartKind, (from: string, to: string) => string>;

const rangesEnglish: Ranges = {
  page: (from, to) => `Pages ${from}–${to}`,
  slide: (from, to) => `Slides ${from}–${to}`,
  sheet: (from, to) => `Sheets ${from}–${to}`,
  chapter: (from, to) => `Chapters ${from}–${to}`,
  section: (from, to) => `Sections ${from}–${to}`,
  segment: (from, to) => `Segments ${from}–${to}`,
};

export const readerEnglish = {
  download: 'Download',
  original: 'Original file',
  asText: 'Text',
  asTextWithTimes: 'Text with times',
  asTextWithPages: 'Text with page marks',
  asMarkdown: 'Markdown',
  asSubRip: 'Subtitles (SRT)',
  asWebVtt: 'Subtitles (WebVTT)',
  asJson: 'Data (JSON)',

  copy: 'Copy',
  copyAll: 'Copy everything',
  copyLine: 'Copy this line',
  copyMoment: 'Copy link to this moment',
  copyPage: (name: string) => `Copy ${name}`,
  copyPageLink: (name: string) => `Copy link to ${name}`,
  copied: 'Copied',
  notCopied: 'The browser does not allow copying here. Select the text and copy it yourself.',

  speed: 'Speed',
  times: (rate: string) => `${rate}×`,
  captions: 'Transcript',
  keys: 'Space plays and pauses, ← and → skip 5 seconds, ↑ and ↓ go from line to line.',
  backToLine: 'Back to current line',

  previousPart: 'Previous',
  nextPart: 'Next',
  partNumber: 'Go to',
  ofParts: (total: string) => `of ${total}`,
  partRanges: rangesEnglish,
  table: 'Table',
  loadingPart: 'Loading…',
  searching: 'Searching…',

  soFar: 'What has been read so far is below, and more is added as it is read.',
  failedHint: 'If the file itself is at fault, put it right and upload it again.',
  gone: 'This file is not here any more, or you have no access to it.',
  back: 'Back to the knowledge base',
  noParts: 'This file was read by another program. Process it to see its text here.',

  inBases: (count: number) => count === 1 ? 'In 1 knowledge base' : `In ${count} knowledge bases`,
  addedBy: (name: string | null, when: string) =>
    name ? `Added by ${name}, ${when}` : `Added ${when}`,
  removeFrom: (base: string) => `Remove from “${base}”`,
  removeFromTitle: (file: string, base: string) => `Remove “${file}” from “${base}”?`,
  removeFromText:
    'Its readers can no longer open the file. The file itself and its other knowledge bases stay.',
  removedFrom: (base: string) => `Removed from “${base}”.`,
};

const rangesGerman: Ranges = {
  page: (from, to) => `Seiten ${from}–${to}`,
  slide: (from, to) => `Folien ${from}–${to}`,
  sheet: (from, to) => `Tabellen ${from}–${to}`,
  chapter: (from, to) => `Kapitel ${from}–${to}`,
  section: (from, to) => `Abschnitte ${from}–${to}`,
  segment: (from, to) => `Segmente ${from}–${to}`,
};

export const readerGerman: typeof readerEnglish = {
  download: 'Herunterladen',
  original: 'Originaldatei',
  asText: 'Text',
  asTextWithTimes: 'Text mit Zeiten',
  asTextWithPages: 'Text mit Seitenangaben',
  asMarkdown: 'Markdown',
  asSubRip: 'Untertitel (SRT)',
  asWebVtt: 'Untertitel (WebVTT)',
  asJson: 'Daten (JSON)',

  copy: 'Kopieren',
  copyAll: 'Alles kopieren',
  copyLine: 'Diese Zeile kopieren',
  copyMoment: 'Link zu dieser Stelle kopieren',
  copyPage: (name) => `${name} kopieren`,
  copyPageLink: (name) => `Link kopieren: ${name}`,
  copied: 'Kopiert',
  notCopied: 'Der Browser erlaubt hier kein Kopieren. Markieren und kopieren Sie den Text selbst.',

  speed: 'Tempo',
  times: (rate) => `${rate}×`,
  captions: 'Transkript',
  keys:
    'Leertaste: abspielen und anhalten. ← und →: 5 Sekunden springen. ↑ und ↓: von Zeile zu Zeile.',
  backToLine: 'Zurück zur aktuellen Zeile',

  previousPart: 'Zurück',
  nextPart: 'Weiter',
  partNumber: 'Gehe zu',
  ofParts: (total) => `von ${total}`,
  partRanges: rangesGerman,
  table: 'Tabelle',
  loadingPart: 'Wird geladen …',
  searching: 'Suche läuft …',

  soFar: 'Was bereits gelesen ist, steht unten; der Rest kommt nach und nach dazu.',
  failedHint: 'Liegt es an der Datei selbst, berichtigen Sie sie und laden Sie sie erneut hoch.',
  gone: 'Diese Datei gibt es nicht mehr, oder Sie haben keinen Zugriff darauf.',
  back: 'Zurück zur Wissensdatenbank',
  noParts:
    'Diese Datei hat ein anderes Programm gelesen. Verarbeiten Sie sie, um den Text hier zu sehen.',

  inBases: (count) => count === 1 ? 'In 1 Wissensdatenbank' : `In ${count} Wissensdatenbanken`,
  addedBy: (name, when) => name ? `Hinzugefügt von ${name}, ${when}` : `Hinzugefügt ${when}`,
  removeFrom: (base) => `Aus „${base}“ entfernen`,
  removeFromTitle: (file, base) => `„${file}“ aus „${base}“ entfernen?`,
  removeFromText:
    'Wer diese Wissensdatenbank liest, kann die Datei dann nicht mehr öffnen. Die Datei selbst und ihre übrigen Wissensdatenbanken bleiben.',
  removedFrom: (base) => `Aus „${base}“ entfernt.`,
};
