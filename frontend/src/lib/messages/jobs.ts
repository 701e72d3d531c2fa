/**
 * Texts of background jobs and of reports.
 *
 * @module
 */
import type { SessionStatus } from '#contract/progress.ts';

type Told = Record<SessionStatus, (title: string) => string>;

const toldEnglish: Told = {
  queued: (title) => `${title}: waiting`,
  processing: (title) => `${title}: in progress`,
  paused: (title) => `${title}: paused`,
  completed: (title) => `${title}: done`,
  error: (title) => `${title}: failed`,
  cancelled: (title) => `${title}: cancelled`,
};

const toldGerman: Told = {
  queued: (title) => `${title}: wartet`,
  processing: (title) => `${title}: in Arbeit`,
  paused: (title) => `${title}: angehalten`,
  completed: (title) => `${title}: fertig`,
  error: (title) => `${title}: fehlgeschlagen`,
  cancelled: (title) => `${title}: abgebrochen`,
};

export const jobsEnglish = {
  /** A session with one job, by its title. */
  told: toldEnglish,
  starting: 'Starting…',
  goesOn: 'It goes on when you close this page. Come back at any time, on any device.',
  soFar: (duration: string) => `${duration} so far`,
  cancel: 'Cancel',
  retry: 'Try again',
  followAgain: 'Follow it again',
  cancelled: 'It was cancelled.',
  stillRunning: 'This page has stopped asking for news. The work itself goes on.',

  report: 'Report',
  reportTitle: 'Report on this knowledge base',
  fileReportTitle: (name: string) => `Report on ${name}`,
  reportIntro:
    'What is in it, how large it is, the longest recordings, the most frequent terms, and what could not be read.',
  fileReportIntro:
    'How long it is, how it is built, how fast somebody speaks, and what sets it apart from the rest of the knowledge base.',
  create: 'Create a report',
  createAgain: 'New report',
  none: 'There is no report yet',
  earlier: 'Earlier reports',
  newest: (when: string) => `Newest (${when})`,
  made: (when: string) => `Created ${when}`,
  copy: 'Copy',
  download: 'Download',
  table: 'Table',
  open: 'Open the report',
  ready: 'The report is ready.',
};

export type JobsMessages = typeof jobsEnglish;

export const jobsGerman: JobsMessages = {
  told: toldGerman,
  starting: 'Wird begonnen …',
  goesOn:
    'Die Arbeit geht weiter, wenn Sie diese Seite schließen. Kommen Sie jederzeit wieder, auf jedem Gerät.',
  soFar: (duration) => `seit ${duration}`,
  cancel: 'Abbrechen',
  retry: 'Noch einmal versuchen',
  followAgain: 'Wieder verfolgen',
  cancelled: 'Der Auftrag wurde abgebrochen.',
  stillRunning: 'Diese Seite fragt nicht mehr nach. Die Arbeit selbst geht weiter.',

  report: 'Bericht',
  reportTitle: 'Bericht über diese Wissensdatenbank',
  fileReportTitle: (name) => `Bericht über ${name}`,
  reportIntro:
    'Was darin ist, wie groß es ist, die längsten Aufnahmen, die häufigsten Begriffe, und was nicht gelesen werden konnte.',
  fileReportIntro:
    'Wie lang sie ist, wie sie gegliedert ist, wie schnell jemand spricht, und was sie vom Rest der Wissensdatenbank unterscheidet.',
  create: 'Bericht erstellen',
  createAgain: 'Neuer Bericht',
  none: 'Es gibt noch keinen Bericht',
  earlier: 'Frühere Berichte',
  newest: (when) => `Der neueste (${when})`,
  made: (when) => `Erstellt ${when}`,
  copy: 'Kopieren',
  download: 'Herunterladen',
  table: 'Tabelle',
  open: 'Zum Bericht',
  ready: 'Der Bericht ist fertig.',
};
