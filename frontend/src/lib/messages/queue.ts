/**
 * Texts of the queue's dashboard.
 *
 * @module
 */
import { filesEnglish, filesGerman } from './count.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { Priority } from '#contract/progress.ts';

const reasons: Record<FailureCode, string> = {
  empty_file: 'Empty file',
  empty_text: 'No text in it',
  broken_file: 'Damaged file',
  encrypted_file: 'Protected by a password',
  image_only: 'Pictures without text',
  no_audio: 'No sound in it',
  unsupported_type: 'Type not supported',
  unsupported_language: 'Language not supported',
  too_large_inside: 'Too large inside',
  too_much_memory: 'Too much memory',
  too_slow: 'Took too long',
  bytes_missing: 'Bytes are gone',
  upload_lost: 'Upload given up',
  stalled: 'Stood still',
  service_refused: 'Refused by the service that reads it',
  service_unavailable: 'Service that reads it not reached',
  access_revoked: 'Access revoked',
  job_failed: 'Job failed',
  processing_failed: 'Processing failed',
};
const priorities: Record<Priority, string> = { low: 'Low', medium: 'Medium', high: 'High' };

export const queueEnglish = {
  reasons,
  priorities,
  otherReason: 'Unknown reason',
  forbiddenTitle: 'For administrators only',
  forbiddenText: 'The queue of everybody is shown to administrators. Your own work is on the ' +
    'pages of your knowledge bases and in your history.',
  loading: 'Asking how the queue stands…',
  lost: (reason: string) => `What is shown may be old. ${reason}`,

  pause: 'Pause the queue',
  resume: 'Resume',
  paused: (by: string, when: string) =>
    `Paused by ${by}, ${when}. What runs goes on to its end; ` +
    'nothing else is begun.',
  /** External services, by their stable names. */
  services: { analysis: 'analysis', transcription: 'transcription', mail: 'mail' } as Record<
    string,
    string
  >,
  serviceDown: (service: string, since: string, reason: string) =>
    `The service for ${service} does not answer (since ${since}). Work with it goes on by itself ` +
    `when it does.${reason ? ` ${reason}` : ''}`,
  somebody: 'somebody',
  you: 'you',

  running: 'Running',
  waiting: 'Waiting',
  byPriority: (high: number, medium: number, low: number) =>
    `${high} high · ${medium} medium · ${low} low`,
  held: 'Held back',
  heldHint: 'Background work outside the queue',
  failedDay: 'Failed in 24 hours',
  failedHint: (all: number) => `${all} on the failed list`,
  oldest: 'Longest wait',
  nothingWaits: 'Nothing waits',
  doneHour: 'Done in the last hour',
  doneHint: (size: string, work: string) => `${size} · ${work} of work`,
  onlyThese: (what: string) => `${what}: show only these`,

  workers: 'Workers',
  noWorkers: 'No worker is running. Nothing is begun until one is started.',
  alive: 'Alive',
  silent: (duration: string) => `Silent for ${duration}`,
  heartbeat: (duration: string) => `heartbeat ${duration} ago`,
  process: (pid: number) => `process ${pid}`,
  version: (version: string) => `version ${version}`,
  atATime: (count: number) => `${count} at a time`,
  startedWorker: (when: string) => `started ${when}`,
  idle: 'Nothing to do',

  graph: 'Throughput and waiting',
  lastHour: 'Last hour',
  lastDay: 'Last 24 hours',
  span: 'Time shown',
  completed: 'Done',
  failed: 'Failed',
  perBucket: (duration: string) => `Files ended per ${duration}`,
  graphDescription: (done: number, failed: number, most: number) =>
    `${filesEnglish(done)} done and ${failed} failed; at most ${most} waited.`,
  asTable: 'Show as a table',
  time: 'Time',
  workTime: 'Work',
  quiet: 'Nothing was done and nothing waited in this time.',
  upTo: (count: number) => `up to ${count}`,

  failures: 'What failed, by reason',
  retryThese: (count: number) => `Retry ${count === 1 ? 'it' : `all ${count}`}`,
  retried: (count: number) =>
    count === 0
      ? 'Nothing was left to retry.'
      : `${filesEnglish(count)} ${count === 1 ? 'runs' : 'run'} again.`,
  latest: (when: string) => `latest ${when}`,
  notHere: (count: number) => `${count} never arrived`,

  jobs: 'Jobs',
  filters: 'Filters',
  anyState: 'Any state',
  state: 'State',
  anyPriority: 'Any priority',
  priority: 'Priority',
  anyReason: 'Any reason',
  reason: 'Reason of failure',
  knowledge: 'Knowledge base',
  user: 'User',
  name: 'File name',
  clearFilters: 'Clear filters',
  noJobs: 'There are no jobs yet.',
  noneMatch: 'No job matches these filters.',
  more: 'Load more',

  promote: 'Promote',
  isHeld: 'held back',
  details: 'Details',
  attempts: 'Attempts',
  interruptions: 'Interruptions',
  interruptedBy: (count: number, by: string) => `${count}, last by ${by}`,
  worker: 'Worker',
  created: 'Created',
  started: 'Started',
  ended: 'Ended',
  nextAttempt: 'Next attempt',
  worked: 'Worked',
  size: 'Size',
  errorInFull: 'Error',
  errorCode: 'Error code',
  job: 'Job',
  session: 'Session',
  none: '–',
  nothingYet: 'not yet',
};

export type QueueMessages = typeof queueEnglish;

export const queueGerman: QueueMessages = {
  reasons: {
    empty_file: 'Leere Datei',
    empty_text: 'Kein Text enthalten',
    broken_file: 'Beschädigte Datei',
    encrypted_file: 'Mit Passwort geschützt',
    image_only: 'Bilder ohne Text',
    no_audio: 'Kein Ton enthalten',
    unsupported_type: 'Typ nicht unterstützt',
    unsupported_language: 'Sprache nicht unterstützt',
    too_large_inside: 'Inhalt zu groß',
    too_much_memory: 'Zu viel Speicher',
    too_slow: 'Dauerte zu lange',
    bytes_missing: 'Inhalt nicht mehr da',
    upload_lost: 'Hochladen aufgegeben',
    stalled: 'Stehen geblieben',
    service_refused: 'Vom lesenden Dienst abgelehnt',
    service_unavailable: 'Lesender Dienst nicht erreichbar',
    access_revoked: 'Zugriff entzogen',
    job_failed: 'Auftrag fehlgeschlagen',
    processing_failed: 'Verarbeitung fehlgeschlagen',
  },
  priorities: { low: 'Niedrig', medium: 'Mittel', high: 'Hoch' },
  otherReason: 'Unbekannter Grund',
  forbiddenTitle: 'Nur für Administratoren',
  forbiddenText: 'Die Warteschlange aller sehen nur Administratorinnen und Administratoren. Ihre ' +
    'eigene Arbeit steht auf den Seiten Ihrer Wissensdatenbanken und im Verlauf.',
  loading: 'Der Stand der Warteschlange wird abgefragt…',
  lost: (reason) => `Was hier steht, kann veraltet sein. ${reason}`,

  pause: 'Warteschlange anhalten',
  resume: 'Fortsetzen',
  paused: (by, when) =>
    `Angehalten von ${by}, ${when}. Was läuft, läuft zu Ende; sonst wird ` +
    'nichts begonnen.',
  services: { analysis: 'Analysen', transcription: 'Transkriptionen', mail: 'E-Mails' },
  serviceDown: (service, since, reason) =>
    `Der Dienst für ${service} antwortet nicht (seit: ${since}). Die Arbeit mit ihm geht von ` +
    `selbst weiter, sobald er antwortet.${reason ? ` ${reason}` : ''}`,
  somebody: 'jemandem',
  you: 'Ihnen',

  running: 'In Arbeit',
  waiting: 'Wartend',
  byPriority: (high, medium, low) => `${high} hoch · ${medium} mittel · ${low} niedrig`,
  held: 'Zurückgehalten',
  heldHint: 'Hintergrundarbeit außerhalb der Schlange',
  failedDay: 'Fehlgeschlagen in 24 Stunden',
  failedHint: (all) => `${all} auf der Fehlerliste`,
  oldest: 'Längste Wartezeit',
  nothingWaits: 'Nichts wartet',
  doneHour: 'Fertig in der letzten Stunde',
  doneHint: (size, work) => `${size} · ${work} Arbeit`,
  onlyThese: (what) => `${what}: nur diese zeigen`,

  workers: 'Arbeitsprozesse',
  noWorkers: 'Es läuft kein Arbeitsprozess. Bis einer startet, wird nichts begonnen.',
  alive: 'Aktiv',
  silent: (duration) => `Stumm seit ${duration}`,
  heartbeat: (duration) => `Lebenszeichen vor ${duration}`,
  process: (pid) => `Prozess ${pid}`,
  version: (version) => `Version ${version}`,
  atATime: (count) => `${count} gleichzeitig`,
  startedWorker: (when) => `gestartet ${when}`,
  idle: 'Nichts zu tun',

  graph: 'Durchsatz und Warten',
  lastHour: 'Letzte Stunde',
  lastDay: 'Letzte 24 Stunden',
  span: 'Gezeigte Zeit',
  completed: 'Fertig',
  failed: 'Fehlgeschlagen',
  perBucket: (duration) => `Beendete Dateien je ${duration}`,
  graphDescription: (done, failed, most) =>
    `${filesGerman(done)} fertig, ${failed} fehlgeschlagen; höchstens ${most} warteten.`,
  asTable: 'Als Tabelle zeigen',
  time: 'Zeit',
  workTime: 'Arbeit',
  quiet: 'In dieser Zeit wurde nichts erledigt, und nichts wartete.',
  upTo: (count) => `bis ${count}`,

  failures: 'Was fehlschlug, nach Grund',
  retryThese: (count) => count === 1 ? 'Wiederholen' : `Alle ${count} wiederholen`,
  retried: (count) =>
    count === 0
      ? 'Es war nichts mehr zu wiederholen.'
      : `${filesGerman(count)} ${count === 1 ? 'läuft' : 'laufen'} noch einmal.`,
  latest: (when) => `zuletzt ${when}`,
  notHere: (count) => `${count} nie angekommen`,

  jobs: 'Aufträge',
  filters: 'Filter',
  anyState: 'Jeder Zustand',
  state: 'Zustand',
  anyPriority: 'Jede Priorität',
  priority: 'Priorität',
  anyReason: 'Jeder Grund',
  reason: 'Fehlergrund',
  knowledge: 'Wissensdatenbank',
  user: 'Benutzer',
  name: 'Dateiname',
  clearFilters: 'Filter löschen',
  noJobs: 'Es gibt noch keine Aufträge.',
  noneMatch: 'Kein Auftrag passt zu diesen Filtern.',
  more: 'Mehr laden',

  promote: 'Vorziehen',
  isHeld: 'zurückgehalten',
  details: 'Einzelheiten',
  attempts: 'Versuche',
  interruptions: 'Unterbrechungen',
  interruptedBy: (count, by) => `${count}, zuletzt durch ${by}`,
  worker: 'Arbeitsprozess',
  created: 'Angelegt',
  started: 'Begonnen',
  ended: 'Beendet',
  nextAttempt: 'Nächster Versuch',
  worked: 'Gearbeitet',
  size: 'Größe',
  errorInFull: 'Fehler',
  errorCode: 'Fehlercode',
  job: 'Auftrag',
  session: 'Sitzung',
  none: '–',
  nothingYet: 'noch nicht',
};
