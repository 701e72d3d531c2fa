/**
 * Reading and listening: one file's document or transcript.
 *
 * @module
 */
import type { PartKind } from '#contract/files.ts';

const partKindsEnglish: Record<PartKind, (number: number) => string> = {
  page: (number) => `Page ${number}`,
  slide: (number) => `Slide ${number}`,
  sheet: (number) => `Sheet ${number}`,
  chapter: (number) => `Chapter ${number}`,
  section: (number) => `Section ${number}`,
  segment: (number) => `Segment ${number}`,
};

const partKindsGerman: Record<PartKind, (number: number) => string> = {
  page: (number) => `Seite ${number}`,
  slide: (number) => `Folie ${number}`,
  sheet: (number) => `Tabelle ${number}`,
  chapter: (number) => `Kapitel ${number}`,
  section: (number) => `Abschnitt ${number}`,
  segment: (number) => `Segment ${number}`,
};

export const readingEnglish = {
  partKinds: partKindsEnglish,
  searchInside: 'Search inside',
  matchOf: (index: number, count: number) => count === 0 ? 'No match' : `${index} of ${count}`,
  nextMatch: 'Next match',
  previousMatch: 'Previous match',
  contents: 'Contents',
  emptyPart: 'No text here',
  playFrom: (clock: string) => `Play from ${clock}`,
  transcript: 'Transcript',
  cannotPlay: 'This browser cannot play the recording. Download it to listen.',
  inWorkTitle: 'This file is being worked on',
  failedTitle: 'This file could not be processed',
  pendingTitle: 'This file has not been processed yet',
  unavailable: 'Not available',
};

export const readingGerman: typeof readingEnglish = {
  partKinds: partKindsGerman,
  searchInside: 'In der Datei suchen',
  matchOf: (index, count) => count === 0 ? 'Kein Treffer' : `${index} von ${count}`,
  nextMatch: 'Nächster Treffer',
  previousMatch: 'Voriger Treffer',
  contents: 'Inhalt',
  emptyPart: 'Hier steht kein Text',
  playFrom: (clock) => `Ab ${clock} abspielen`,
  transcript: 'Transkript',
  cannotPlay:
    'Dieser Browser kann die Aufnahme nicht abspielen. Laden Sie sie herunter, um sie anzuhören.',
  inWorkTitle: 'Diese Datei ist in Arbeit',
  failedTitle: 'Diese Datei konnte nicht verarbeitet werden',
  pendingTitle: 'Diese Datei wurde noch nicht verarbeitet',
  unavailable: 'Nicht verfügbar',
};
