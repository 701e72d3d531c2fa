/**
 * Messages of jobs and sessions, in German.
 *
 * @module
 */
import { formatClock } from '../../clock.ts';
import type { TextsOf } from '../shape.ts';
import type { Environment, WorkMessages } from '../work.ts';

const ENVIRONMENTS: Readonly<Record<Environment, string>> = {
  storage_full: 'Der Platte des Servers fehlt Platz',
  storage_denied: 'Der Server darf seinen Speicher nicht benutzen',
  memory: 'Dem Server fehlen Arbeitsspeicher oder offene Dateien',
  network: 'Der Speicher der Dateien ist nicht erreichbar',
  database: 'Die Datenbank war nicht erreichbar',
  rows_refused:
    'Die Datenbank der App lehnt ab, was in ihre Zeilen geschrieben wird; siehe Protokoll',
  rows_locked: 'Ein anderes Programm ändert gerade diese Datei oder ihre Wissensdatenbank',
};

const UNITS: Readonly<Record<string, string>> = {
  page: 'Seite',
  slide: 'Folie',
  sheet: 'Tabelle',
  chapter: 'Kapitel',
  section: 'Abschnitt',
  message: 'Nachricht',
};

/** Titles of the built-in jobs, and of their steps. */
const JOBS: Readonly<
  Record<string, { readonly title: string; readonly steps: Readonly<Record<string, string>> }>
> = {
  'knowledge-report': {
    title: 'Bericht',
    steps: {
      collect: 'Dateien werden angesehen',
      count: 'Wörter werden gezählt',
      write: 'Bericht wird geschrieben',
    },
  },
  'file-report': {
    title: 'Bericht über eine Datei',
    steps: {
      read: 'Datei wird gelesen',
      compare: 'Wird mit den anderen verglichen',
      write: 'Wird geschrieben',
    },
  },
};

/** Title of a job; that of an app's own job is shown unchanged. */
export const jobTitleGerman = (kind: string, title: string): string => JOBS[kind]?.title ?? title;

const files = (count: number) => `${count} ${count === 1 ? 'Datei' : 'Dateien'}`;

const failed = (count: number, first: string | null) =>
  `${count} fehlgeschlagen: ${first ?? 'unbekannter Grund'}`;

export const workGerman: TextsOf<WorkMessages> = {
  text: ({ text }) => text,
  waiting_to_start: () => 'Wartet auf den Beginn',
  waiting_for_turn: () => 'Wartet, bis es an der Reihe ist',
  waiting_for_bytes: () => 'Wartet auf die Datei',
  waiting_for_kind: () => 'Wartet auf einen Arbeitsprozess, der diese Art von Arbeit kennt',
  waiting_for_same_file: () => 'Dieselbe Datei wird bereits gelesen; wartet auf ihren Text',
  waiting_for_environment: ({ failure, seconds }) =>
    `${ENVIRONMENTS[failure]}; nächster Versuch in ${seconds} s`,
  environment: ({ failure }) => ENVIRONMENTS[failure],
  queue_paused: () => 'Die Warteschlange ist angehalten',
  quiet_hours: ({ until }) => `Zurückgehalten bis ${until} (Ruhezeit)`,
  no_worker: () => 'Es läuft kein Arbeitsprozess',
  worker_lost: () => 'Der Arbeitsprozess ging verloren; geht gleich weiter',
  next_attempt: ({ reason, seconds }, say) => `${say(reason)}. Nächster Versuch in ${seconds} s`,
  starting: () => 'Beginnt',
  resuming: () => 'Geht weiter, wo es aufgehört hat',
  uploading: () => 'Wird hochgeladen',
  decoding: () => 'Die Aufnahme wird dekodiert',
  loading_model: () => 'Das Sprachmodell wird geladen',
  unit: ({ unit, at, of }) => `${UNITS[unit] ?? unit} ${at} von ${of}`,
  transcribed: ({ at, of }) => `${formatClock(at)} von ${formatClock(of)} transkribiert`,
  rows_read: ({ rows }) => `${rows} Zeilen gelesen`,
  share_read: ({ percent }) => `${percent} % gelesen`,
  analysed: () => 'Analysiert',
  indexing: () => 'Wird durchsuchbar gemacht',
  text_reused: () => 'Schon früher gelesen; der Text wurde übernommen',
  ready: () => 'Bereit',
  paused: () => 'Angehalten',
  cancelled: () => 'Abgebrochen',
  completed: () => 'Abgeschlossen',
  preempted: ({ by, at }, say) => `Ließ ${say(by)} den Vortritt; geht weiter bei: ${say(at)}`,
  worker_stopping: () => 'dem Ende des Arbeitsprozesses',
  urgent_work: () => 'dringenderer Arbeit',
  job_step: ({ kind, step, title, at, of, now }, say) => {
    const name = JOBS[kind]?.steps[step] ?? title;
    const place = of > 1 ? `Schritt ${at} von ${of}: ${name}` : name;
    return [place, now && say(now)].filter(Boolean).join(' · ');
  },
  item: ({ name, at, of }) => `${name} (${at} von ${of})`,
  job_started: ({ kind, title }) => `${jobTitleGerman(kind, title)} wurde begonnen`,
  work_on: ({ kind, name, now }, say) => {
    const subject = jobTitleGerman(kind, name);
    return now ? `${subject}: ${say(now)}` : subject;
  },
  files_done: ({ done, of, now }, say) =>
    [`${done} von ${files(of)}`, now && say(now)].filter(Boolean).join(' · '),
  session_ended: ({ completed, of, noticed, cancelled, failed: count, first }, say) =>
    [
      `${completed} von ${files(of)}`,
      noticed > 0 && `${noticed} mit Hinweisen`,
      cancelled > 0 && `${cancelled} abgebrochen`,
      count > 0 && failed(count, first && `${first.name}: ${say(first.reason)}`),
    ].filter(Boolean).join('; '),
  files_failed: ({ failed: count, first }, say) =>
    failed(count, first && `${first.name}: ${say(first.reason)}`),
  file_failed: ({ kind, name, reason }, say) => `${jobTitleGerman(kind, name)}: ${say(reason)}`,
  nothing_to_process: () => 'Nichts zu verarbeiten',
  session_silent: ({ seconds }) =>
    `Seit ${
      seconds < 120 ? `${seconds} Sekunden` : `${Math.round(seconds / 60)} Minuten`
    } wurde kein Fortschritt gemeldet; die Arbeit wurde aufgegeben`,
  unknown_reason: () => 'unbekannter Grund',
  jobs_gone: () => 'Seine Dateien sind nicht mehr da; es ist nichts mehr zu tun',
};
