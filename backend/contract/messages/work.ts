/**
 * Messages of jobs and sessions: current work and reasons for waiting.
 *
 * @module
 */
import { formatClock } from '../clock.ts';
import { plural } from './numbers.ts';
import type { MessageDetails, None, TextsOf } from './shape.ts';

/** Environment failures that jobs wait for; see `processing/environment.ts`. */
export type Environment =
  | 'storage_full'
  | 'storage_denied'
  | 'memory'
  | 'network'
  | 'database'
  | 'rows_locked'
  | 'rows_refused';

/** The first of several failures. */
type First = { readonly name: string; readonly reason: MessageDetails };

export interface WorkMessages {
  /** Text of an app's own, in any language. */
  text: { readonly text: string };
  waiting_to_start: None;
  waiting_for_turn: None;
  waiting_for_bytes: None;
  waiting_for_kind: None;
  waiting_for_same_file: None;
  waiting_for_environment: { readonly failure: Environment; readonly seconds: number };
  environment: { readonly failure: Environment };
  queue_paused: None;
  /** `until`: hours and minutes in the owner's time zone. */
  quiet_hours: { readonly until: string };
  no_worker: None;
  worker_lost: None;
  next_attempt: { readonly reason: MessageDetails; readonly seconds: number };
  starting: None;
  resuming: None;
  uploading: None;
  decoding: None;
  loading_model: None;
  /** `unit`: page, slide, sheet, chapter, section or message. */
  unit: { readonly unit: string; readonly at: number; readonly of: number };
  /** Seconds of a recording. */
  transcribed: { readonly at: number; readonly of: number };
  rows_read: { readonly rows: number };
  share_read: { readonly percent: number };
  analysed: None;
  indexing: None;
  text_reused: None;
  ready: None;
  paused: None;
  cancelled: None;
  completed: None;
  /** `by`: the name of another job, `worker_stopping` or `urgent_work`. */
  preempted: { readonly by: MessageDetails; readonly at: MessageDetails };
  worker_stopping: None;
  urgent_work: None;
  /** A step of an app-defined job; `kind` and `step` identify it in other languages. */
  job_step: {
    readonly kind: string;
    readonly step: string;
    readonly title: string;
    readonly at: number;
    readonly of: number;
    readonly now: MessageDetails | null;
  };
  /** One of several items of a step. */
  item: { readonly name: string; readonly at: number; readonly of: number };
  job_started: { readonly kind: string; readonly title: string };
  /** `kind`: `file`, or the kind of an app-defined job. */
  work_on: { readonly kind: string; readonly name: string; readonly now: MessageDetails | null };
  files_done: { readonly done: number; readonly of: number; readonly now: MessageDetails | null };
  session_ended: {
    readonly completed: number;
    readonly of: number;
    readonly noticed: number;
    readonly cancelled: number;
    readonly failed: number;
    readonly first: First | null;
  };
  files_failed: { readonly failed: number; readonly first: First | null };
  file_failed: {
    readonly kind: string;
    readonly name: string;
    readonly reason: MessageDetails;
  };
  nothing_to_process: None;
  session_silent: { readonly seconds: number };
  unknown_reason: None;
  jobs_gone: None;
}

const ENVIRONMENTS: Readonly<Record<Environment, string>> = {
  storage_full: 'The worker has no space left on its disk',
  storage_denied: 'The worker may not use its storage',
  memory: 'The worker has not enough memory or open files',
  network: 'The storage of files is not reachable',
  database: 'The database was not reachable',
  rows_locked: 'Another program is changing this file or its knowledge base',
  rows_refused: 'The database of the app refuses what is written into its rows; see the log',
};

export const workEnglish: TextsOf<WorkMessages> = {
  text: ({ text }) => text,
  waiting_to_start: () => 'Waiting to start',
  waiting_for_turn: () => 'Waiting for its turn',
  waiting_for_bytes: () => 'Waiting for the file',
  waiting_for_kind: () => 'Waiting for a worker that knows this kind of work',
  waiting_for_same_file: () => 'The same file is being read already; waiting for its text',
  waiting_for_environment: ({ failure, seconds }) =>
    `${ENVIRONMENTS[failure]}; trying again in ${seconds} s`,
  environment: ({ failure }) => ENVIRONMENTS[failure],
  queue_paused: () => 'The queue is paused',
  quiet_hours: ({ until }) => `Held until ${until} (quiet hours)`,
  no_worker: () => 'No worker is running',
  worker_lost: () => 'Its worker was lost; waiting to go on',
  next_attempt: ({ reason, seconds }, say) => `${say(reason)}. Next attempt in ${seconds} s`,
  starting: () => 'Starting',
  resuming: () => 'Going on where it stopped',
  uploading: () => 'Uploading',
  decoding: () => 'Decoding the recording',
  loading_model: () => 'Loading the speech model',
  unit: ({ unit, at, of }) => `${unit.charAt(0).toUpperCase()}${unit.slice(1)} ${at} of ${of}`,
  transcribed: ({ at, of }) => `Transcribed ${formatClock(at)} of ${formatClock(of)}`,
  rows_read: ({ rows }) => `${rows} rows read`,
  share_read: ({ percent }) => `${percent} % read`,
  analysed: () => 'Analysed',
  indexing: () => 'Indexing',
  text_reused: () => 'Already read before; its text was reused',
  ready: () => 'Ready',
  paused: () => 'Paused',
  cancelled: () => 'Cancelled',
  completed: () => 'Completed',
  preempted: ({ by, at }, say) => `Gave way to ${say(by)}; goes on from: ${say(at)}`,
  worker_stopping: () => 'the stop of its worker',
  urgent_work: () => 'more urgent work',
  job_step: ({ title, at, of, now }, say) => {
    const place = of > 1 ? `Step ${at} of ${of}: ${title}` : title;
    return [place, now && say(now)].filter(Boolean).join(' · ');
  },
  item: ({ name, at, of }) => `${name} (${at} of ${of})`,
  job_started: ({ title }) => `${title} was started`,
  work_on: ({ name, now }, say) => now ? `${name}: ${say(now)}` : name,
  files_done: ({ done, of, now }, say) =>
    [`${done} of ${plural(of, 'file')}`, now && say(now)].filter(Boolean).join(' · '),
  session_ended: ({ completed, of, noticed, cancelled, failed, first }, say) =>
    [
      `${completed} of ${plural(of, 'file')}`,
      noticed > 0 && `${noticed} with notices`,
      cancelled > 0 && `${cancelled} cancelled`,
      failed > 0 && failedFiles(failed, first && `${first.name}: ${say(first.reason)}`),
    ].filter(Boolean).join('; '),
  files_failed: ({ failed, first }, say) =>
    failedFiles(failed, first && `${first.name}: ${say(first.reason)}`),
  file_failed: ({ name, reason }, say) => `${name}: ${say(reason)}`,
  nothing_to_process: () => 'Nothing to process',
  session_silent: ({ seconds }) =>
    `No progress was reported for ${
      seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`
    }; the work was given up`,
  unknown_reason: () => 'unknown reason',
  jobs_gone: () => 'Its files are gone; nothing is left to do',
};

const failedFiles = (failed: number, first: string | null) =>
  `${failed} failed: ${first ?? 'unknown reason'}`;
