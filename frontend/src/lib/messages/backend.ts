/**
 * Texts for codes of the server: progress, reasons of failures, refused calls.
 *
 * @module
 */
import { FAILURE_TEXTS } from '#contract/failure-texts.ts';
import { englishTexts } from '#contract/messages/catalogue.ts';
import { germanTexts } from '#contract/messages/formatters.ts';
import { jobTitleGerman } from '#contract/messages/german/work.ts';
import type { ProblemCode } from '#contract/problem.ts';

/** Codes of failed calls: `network` is a missing answer, `stale` a standstill. */
type ShownProblem = ProblemCode | 'network' | 'stale';

const problemsEnglish: Partial<Record<ShownProblem, string>> = {
  network: 'The server cannot be reached. Check your connection and try again.',
  stale: 'No progress has been reported for too long.',
  unauthenticated: 'You are not signed in. Sign in and try again.',
  forbidden: 'You are not allowed to see or change this.',
  not_found: 'This does not exist any more, or you may not see it.',
  session_not_found: 'There is no such session any more.',
  knowledge_not_found: 'There is no such knowledge base, or you may not see it.',
  file_not_found: 'There is no such file any more.',
  webhook_not_found: 'There is no such webhook any more.',
  delivery_not_found: 'There is no such delivery any more.',
  conflict: 'This does not fit what is happening right now.',
  too_large: 'This is too large.',
  unsupported_media_type: 'Files of this kind cannot be read.',
  too_many_requests: 'Too many requests. Try again in a moment.',
  internal: 'Something went wrong on the server. Try again in a moment.',
  unavailable: 'The server is not available right now. Try again in a moment.',
  insufficient_storage:
    'The server cannot store more files. Ask its operator to make room, then try again.',
};

const problemsGerman: typeof problemsEnglish = {
  network:
    'Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
  stale: 'Zu lange wurde kein Fortschritt gemeldet.',
  unauthenticated: 'Sie sind nicht angemeldet. Melden Sie sich an und versuchen Sie es erneut.',
  forbidden: 'Sie dürfen das nicht sehen oder ändern.',
  not_found: 'Das gibt es nicht mehr, oder Sie dürfen es nicht sehen.',
  session_not_found: 'Diesen Vorgang gibt es nicht mehr.',
  knowledge_not_found: 'Diese Wissensdatenbank gibt es nicht, oder Sie dürfen sie nicht sehen.',
  file_not_found: 'Diese Datei gibt es nicht mehr.',
  webhook_not_found: 'Diesen Webhook gibt es nicht mehr.',
  delivery_not_found: 'Diese Zustellung gibt es nicht mehr.',
  conflict:
    'Inzwischen hat sich etwas geändert. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
  too_large: 'Das ist zu groß.',
  unsupported_media_type: 'Dateien dieser Art können nicht gelesen werden.',
  too_many_requests: 'Zu viele Anfragen. Versuchen Sie es gleich noch einmal.',
  internal: 'Auf dem Server ist etwas schiefgegangen. Versuchen Sie es gleich noch einmal.',
  unavailable: 'Der Server ist gerade nicht verfügbar. Versuchen Sie es gleich noch einmal.',
  insufficient_storage: 'Der Server kann keine Dateien mehr speichern. Bitten Sie den Betreiber, ' +
    'Platz zu schaffen, und versuchen Sie es dann erneut.',
};

export const serverEnglish = {
  /** True if English text, of an app or of another version of the server, fits the language. */
  speaksServer: true,
  /** One text for each message; a missing code fails the type check. */
  texts: englishTexts,
  /** Title of a job by its kind; a kind of the app's own keeps its title. */
  jobTitle: (_kind: string, title: string): string => title,
  /** By `error_code`, for failures without a message. */
  failures: FAILURE_TEXTS.en,
  /** By `code`, for refusals without a message. */
  problems: problemsEnglish,
};

export const serverGerman: typeof serverEnglish = {
  speaksServer: false,
  texts: germanTexts,
  jobTitle: jobTitleGerman,
  failures: FAILURE_TEXTS.de,
  problems: problemsGerman,
};
