/**
 * Sends announced files a few at a time. Knows no framework: whoever shows it is told of changes.
 *
 * @module
 */
import type { FileRow } from '#contract/files.ts';
import type { SessionAccepted, StartSession } from '#contract/sessions.ts';
import { errorText } from '../api/api-error.ts';
import type { FileToSend, SendFileOptions } from '../api/send-file.ts';
import { mayPass, retrying } from './retrying.ts';
import { sampleSpeed, secondsLeft, type Speed, startSpeed } from './speed.ts';

export type UploadState =
  | { kind: 'waiting' }
  | {
    kind: 'sending';
    sentBytes: number;
    bytesPerSecond: number | null;
    secondsLeft: number | null;
  }
  | { kind: 'sent' }
  /** `passing` tells what may work later: a lost network, a busy server. */
  | { kind: 'failed'; reason: string; passing: boolean }
  | { kind: 'cancelled' };

/** One file on its way. Replaced, not changed, with each step. */
export interface Upload {
  readonly sessionId: string;
  readonly jobId: string;
  readonly knowledgeId: string;
  readonly file: File;
  readonly state: UploadState;
}

/** What the queue needs of the API. */
export interface UploadApi {
  startSession(
    knowledgeId: string,
    body: StartSession,
    operationId: string,
  ): Promise<SessionAccepted>;
  sendFile(file: FileToSend, options?: SendFileOptions): Promise<FileRow>;
}

export interface UploadQueueOptions {
  /** Files sent at the same time. @default 3 */
  concurrency?: number;
  /** Further tries of a file whose sending failed in a way that may pass. @default 5 */
  retries?: number;
  /** Milliseconds before the first of them; doubled for each further one. @default 1000 */
  retryDelay?: number;
  /** Called with each upload that is new or has changed. */
  onChange?: (upload: Upload) => void;
  /** @default Date.now */
  now?: () => number;
  /** @default crypto.randomUUID */
  newId?: () => string;
}

export interface UploadOptions {
  priority?: StartSession['priority'];
  language?: string;
}

/** Browsers tell of progress more often than anybody can see, milliseconds. */
const REPORT_MS = 150;

export class UploadQueue {
  readonly #api: UploadApi;
  readonly #options: Required<Omit<UploadQueueOptions, 'onChange'>>;
  readonly #onChange: (upload: Upload) => void;
  readonly #uploads = new Map<string, Upload>();
  readonly #sending = new Map<string, AbortController>();
  readonly #waiting: string[] = [];

  constructor(api: UploadApi, options: UploadQueueOptions = {}) {
    this.#api = api;
    this.#onChange = options.onChange ?? (() => {});
    this.#options = {
      concurrency: options.concurrency ?? 3,
      retries: options.retries ?? 5,
      retryDelay: options.retryDelay ?? 1_000,
      now: options.now ?? Date.now,
      newId: options.newId ?? (() => crypto.randomUUID()),
    };
    if (!(this.#options.concurrency >= 1)) {
      throw new RangeError(
        `Cannot upload: 'concurrency' must be at least 1: ${options.concurrency}`,
      );
    }
  }

  /** Every upload of this queue by its job. */
  get uploads(): ReadonlyMap<string, Upload> {
    return this.#uploads;
  }

  /** Whether files would be lost if the page went away now. */
  get busy(): boolean {
    return this.#waiting.length > 0 || this.#sending.size > 0;
  }

  /**
   * Announces files as one session and begins to send them.
   *
   * @throws {ApiError} the session could not be started; nothing was sent
   */
  async add(
    knowledgeId: string,
    files: readonly File[],
    options: UploadOptions = {},
  ): Promise<SessionAccepted> {
    const uploads = files.map(({ name, size, type }) => ({ name, size, media_type: type || null }));
    const accepted = await this.#api.startSession(
      knowledgeId,
      { ...options, uploads },
      this.#options.newId(),
    );
    files.forEach((file, index) => {
      const jobId = accepted.files[index]?.job_id;
      if (jobId === undefined) throw new Error(`The server gave no job for the file: ${file.name}`);
      this.#enqueue({
        sessionId: accepted.session_id,
        jobId,
        knowledgeId,
        file,
        state: { kind: 'waiting' },
      });
    });
    this.#advance();
    return accepted;
  }

  /** Stops sending a file; what the server knows of it is not touched. */
  cancel(jobId: string): void {
    const upload = this.#uploads.get(jobId);
    if (upload === undefined || !isUnderWay(upload)) return;
    const index = this.#waiting.indexOf(jobId);
    if (index >= 0) this.#waiting.splice(index, 1);
    this.#set(upload, { kind: 'cancelled' });
    this.#sending.get(jobId)?.abort();
  }

  /** Stops sending all files of a session. */
  cancelSession(sessionId: string): void {
    for (const upload of this.#uploads.values()) {
      if (upload.sessionId === sessionId) this.cancel(upload.jobId);
    }
  }

  /** Sends a file again, from its beginning, if it failed or was cancelled. */
  retry(jobId: string): void {
    const upload = this.#uploads.get(jobId);
    if (upload === undefined || isUnderWay(upload) || upload.state.kind === 'sent') return;
    this.#enqueue({ ...upload, state: { kind: 'waiting' } });
    this.#advance();
  }

  /** Sends again what failed: all of a session, or, of all sessions, what may work now. */
  retryFailed(sessionId?: string): void {
    for (const { jobId, sessionId: id, state } of [...this.#uploads.values()]) {
      if (state.kind !== 'failed') continue;
      if (sessionId === undefined ? state.passing : sessionId === id) this.retry(jobId);
    }
  }

  /** Stops everything. */
  stop(): void {
    for (const jobId of [...this.#uploads.keys()]) this.cancel(jobId);
  }

  #enqueue(upload: Upload): void {
    this.#waiting.push(upload.jobId);
    this.#set(upload, upload.state);
  }

  #set(upload: Upload, state: UploadState): void {
    const next = { ...upload, state };
    this.#uploads.set(upload.jobId, next);
    this.#onChange(next);
  }

  #advance(): void {
    while (this.#sending.size < this.#options.concurrency) {
      const upload = this.#uploads.get(this.#waiting.shift() ?? '');
      if (upload === undefined) return;
      void this.#send(upload);
    }
  }

  async #send(upload: Upload): Promise<void> {
    const controller = new AbortController();
    this.#sending.set(upload.jobId, controller);
    try {
      const { retries, retryDelay } = this.#options;
      const { signal } = controller;
      await retrying(() => this.#sendOnce(upload, signal), { retries, retryDelay, signal });
      this.#set(upload, { kind: 'sent' });
    } catch (error) {
      if (!controller.signal.aborted) {
        this.#set(upload, { kind: 'failed', reason: errorText(error), passing: mayPass(error) });
      }
    } finally {
      // A cancelled file may already be on its way again, under a controller of its own.
      if (this.#sending.get(upload.jobId) === controller) this.#sending.delete(upload.jobId);
      this.#advance();
    }
  }

  async #sendOnce(upload: Upload, signal: AbortSignal): Promise<void> {
    const { file, knowledgeId, jobId } = upload;
    let speed: Speed = startSpeed(this.#options.now());
    let reportedAt = -Infinity;
    const report = (sentBytes: number) => {
      const now = this.#options.now();
      if (signal.aborted || now - reportedAt < REPORT_MS) return;
      reportedAt = now;
      speed = sampleSpeed(speed, sentBytes, now);
      this.#set(upload, {
        kind: 'sending',
        sentBytes,
        bytesPerSecond: speed.bytesPerSecond,
        secondsLeft: secondsLeft(speed, sentBytes, file.size),
      });
    };
    report(0);
    const metadata = { knowledge_id: knowledgeId, job_id: jobId };
    await this.#api.sendFile({ file, name: file.name, metadata }, { onProgress: report, signal });
  }
}

function isUnderWay({ state }: Upload): boolean {
  return state.kind === 'waiting' || state.kind === 'sending';
}
