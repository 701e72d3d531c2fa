/**
 * Texts of the history.
 *
 * @module
 */
import { MOST_COUNTED } from '#contract/statuses.ts';
import { filesEnglish, filesGerman } from './count.ts';
const outcomes = {
  done: 'Done',
  partly: 'Partly done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
/** End of a past session. */
export type Outcome = keyof typeof outcomes;

export const historyEnglish = {
  outcomes,
  anyOutcome: 'Any outcome',
  outcome: 'Outcome',
  anyKnowledge: 'All knowledge bases',
  knowledge: 'Knowledge base',
  noKnowledge: 'No knowledge base',
  removedKnowledge: 'Removed knowledge base',
  background: 'in the background',
  files: filesEnglish,
  failedOf: (failed: number, total: number) => `${failed} of ${filesEnglish(total)} failed`,
  doneOf: (done: number, total: number) => `${done} of ${filesEnglish(total)} done`,
  attempt: (number: number) => `attempt ${number}`,
  waited: (duration: string) => `waited ${duration}`,
  took: (duration: string) => `took ${duration}`,
  worked: (duration: string) => `${duration} of work`,
  neverBegan: 'never began',
  began: (when: string) => `Began ${when}`,
  asked: (when: string) => `Asked for ${when}`,
  retry: 'Retry failed',
  retryCancelled: 'Retry',
  again: 'Run again',
  clear: 'Clear',
  clearTitle: 'Clear this from your history?',
  clearText: 'What was read stays where it is; only this entry goes.',
  keep: 'Keep',
  runsAgain: 'It runs again.',
  follow: 'Follow it',
  showFiles: 'Show files',
  hideFiles: 'Hide files',
  of: (action: string, title: string) => `${action}: ${title}`,
  total: (count: number) =>
    count > MOST_COUNTED
      ? `More than ${MOST_COUNTED} entries`
      : count === 1
      ? '1 entry'
      : `${count} entries`,
  none: 'Nothing has ended yet. What is processed appears here once it is done.',
  noneMatch: 'Nothing matches these filters.',
  clearFilters: 'Clear filters',
  more: 'Load more',
  loading: 'Loading your history…',
};
export type HistoryMessages = typeof historyEnglish;

export const historyGerman: HistoryMessages = {
  outcomes: {
    done: 'Fertig',
    partly: 'Teilweise fertig',
    failed: 'Fehlgeschlagen',
    cancelled: 'Abgebrochen',
  },
  anyOutcome: 'Jedes Ergebnis',
  outcome: 'Ergebnis',
  anyKnowledge: 'Alle Wissensdatenbanken',
  knowledge: 'Wissensdatenbank',
  noKnowledge: 'Keine Wissensdatenbank',
  removedKnowledge: 'Entfernte Wissensdatenbank',
  background: 'im Hintergrund',
  files: filesGerman,
  failedOf: (failed, total) =>
    `${failed} von ${total} ${total === 1 ? 'Datei' : 'Dateien'} fehlgeschlagen`,
  doneOf: (done, total) => `${done} von ${total} ${total === 1 ? 'Datei' : 'Dateien'} fertig`,
  attempt: (number) => `${number}. Versuch`,
  waited: (duration) => `${duration} gewartet`,
  took: (duration) => `Dauer ${duration}`,
  worked: (duration) => `${duration} Arbeit`,
  neverBegan: 'nie begonnen',
  began: (when) => `Begonnen ${when}`,
  asked: (when) => `Beauftragt ${when}`,
  retry: 'Fehlgeschlagene wiederholen',
  retryCancelled: 'Wiederholen',
  again: 'Noch einmal',
  clear: 'Entfernen',
  clearTitle: 'Aus dem Verlauf entfernen?',
  clearText: 'Was gelesen wurde, bleibt; nur dieser Eintrag verschwindet.',
  keep: 'Behalten',
  runsAgain: 'Es läuft noch einmal.',
  follow: 'Verfolgen',
  showFiles: 'Dateien zeigen',
  hideFiles: 'Dateien verbergen',
  of: (action, title) => `${action}: ${title}`,
  total: (count) =>
    count > MOST_COUNTED
      ? `Mehr als ${MOST_COUNTED} Einträge`
      : count === 1
      ? '1 Eintrag'
      : `${count} Einträge`,
  none: 'Noch ist nichts beendet. Was verarbeitet wird, erscheint hier, sobald es fertig ist.',
  noneMatch: 'Nichts passt zu diesen Filtern.',
  clearFilters: 'Filter löschen',
  more: 'Mehr laden',
  loading: 'Der Verlauf wird geladen…',
};
