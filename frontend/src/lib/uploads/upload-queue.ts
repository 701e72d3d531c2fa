/**
 * Announces files and sends a few at a time. Independent of a framework: `onChange` reports
 * changes.
 *
 * @module
 */
import type { SessionAction } from '#contract/paths.ts';
import type { SessionAccepted, StartSession } from '#contract/sessions.ts';
import type { PendingUpload, PendingUploads } from '#contract/uploads.ts';
import type { FileToSend, SendFileOptions } from '../api/send-file.ts';
import { folderOf } from './dropped-files.ts';
import { browserNetwork, type Network, oneTabAtATime } from './network.ts';
import { acceptedBefore, type Matched, matchPending } from './pending.ts';
import { Sending } from './sending.ts';
import {
  isUnderWay,
  pausedByServer,
  sentBytesOf,
  stateAfter,
  type Upload,
  type UploadState,
} from './upload.ts';

/** Calls of the API that the queue uses. */
export interface UploadApi {
  startSession(
    knowledgeId: string,
    body: StartSession,
    operationId: string,
  ): Promise<SessionAccepted>;
  sendFile(file: FileToSend, options?: SendFileOptions): Promise<unknown>;
  /** Unfinished uploads; without this call none is ever resumed. */
  pendingUploads?(knowledgeId?: string): Promise<PendingUploads>;
  controlFile?(sessionId: string, jobId: string, action: SessionAction): Promise<unknown>;
}

export interface UploadQueueOptions {
  /** Files sent at the same time. @default 3 */
  concurrency?: number;
  /** Retries of a file without progress, for temporary failures. @default 8 */
  retries?: number;
  /** Milliseconds before the first retry; doubled for each later one, up to 30 s. @default 1000 */
  retryDelay?: number;
  /** Called with each upload that is new or has changed. */
  onChange?: (upload: Upload) => void;
  /** @default Date.now */
  now?: () => number;
  /** @default crypto.randomUUID */
  newId?: () => string;
  /** Maximum bytes of a request, for proxies with a limit. @default no limit */
  chunkSize?: number;
  /** @default the browser's network state */
  network?: Network;
}

export interface UploadOptions {
  priority?: StartSession['priority'];
  language?: string;
}

const isMismatch = (error: unknown) =>
  (error as { code?: unknown } | null)?.code === 'upload_mismatch';

export class UploadQueue {
  readonly #api: UploadApi;
  readonly #options: Required<Omit<UploadQueueOptions, 'onChange' | 'chunkSize'>>;
  readonly #onChange: (upload: Upload) => void;
  readonly #uploads = new Map<string, Upload>();
  readonly #sending = new Map<string, AbortController>();
  readonly #waiting: string[] = [];
  /** Options of each added file, by job id. */
  readonly #chosen = new Map<string, UploadOptions>();
  readonly #chunkSize: number | undefined;
  readonly #sender: string;

  constructor(api: UploadApi, options: UploadQueueOptions = {}) {
    this.#api = api;
    this.#onChange = options.onChange ?? (() => {});
    this.#options = {
      concurrency: options.concurrency ?? 3,
      retries: options.retries ?? 8,
      retryDelay: options.retryDelay ?? 1_000,
      now: options.now ?? Date.now,
      newId: options.newId ?? (() => crypto.randomUUID()),
      network: options.network ?? browserNetwork,
    };
    this.#chunkSize = options.chunkSize;
    this.#sender = crypto.randomUUID();
    if (!(this.#options.concurrency >= 1)) {
      throw new RangeError(
        `Cannot upload: 'concurrency' must be at least 1: ${options.concurrency}`,
      );
    }
  }

  /** Every upload of this queue, by job id. */
  get uploads(): ReadonlyMap<string, Upload> {
    return this.#uploads;
  }

  /** True if leaving the page now would lose files. */
  get busy(): boolean {
    return this.#waiting.length > 0 || this.#sending.size > 0;
  }

  /**
   * Resumes those of the files whose uploads are unfinished, announces the others as one session,
   * and starts to send. Resolves with the new session, or else with a resumed one.
   *
   * @throws {ApiError} the session could not be started; nothing was sent
   */
  add(
    knowledgeId: string,
    files: readonly File[],
    options: UploadOptions = {},
  ): Promise<SessionAccepted> {
    // Two tabs that get the same files at once announce them once.
    return oneTabAtATime(`headway-add-${knowledgeId}`, async () => {
      const pending = (await this.#api.pendingUploads?.(knowledgeId))?.items ?? [];
      const { matched, rest } = matchPending(pending, files);
      for (const match of matched) await this.#goOn(match, options);
      const [known] = matched;
      return known && rest.length === 0
        ? acceptedBefore(known.pending, matched.length)
        : await this.#announce(knowledgeId, rest, options);
    });
  }

  async #announce(
    knowledgeId: string,
    files: readonly File[],
    options: UploadOptions,
  ): Promise<SessionAccepted> {
    const uploads = files.map((file) => ({
      name: file.name,
      size: file.size,
      media_type: file.type || null,
      last_modified: file.lastModified,
      folder: folderOf(file),
    }));
    const accepted = await this.#api.startSession(
      knowledgeId,
      { ...options, uploads },
      this.#options.newId(),
    );
    files.forEach((file, index) => {
      const jobId = accepted.files[index]?.job_id;
      if (jobId === undefined) throw new Error(`The server gave no job for the file: ${file.name}`);
      this.#chosen.set(jobId, options);
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

  async #goOn({ pending, file }: Matched, options: UploadOptions): Promise<void> {
    const { job_id: jobId, session_id: sessionId, knowledge_id: knowledgeId } = pending;
    const known = this.#uploads.get(jobId);
    if (known && isUnderWay(known)) return;
    if (pending.paused) await this.#api.controlFile?.(sessionId, jobId, 'resume');
    const state: UploadState = { kind: 'waiting' };
    this.#chosen.set(jobId, options);
    this.#enqueue({ sessionId, jobId, knowledgeId: knowledgeId ?? '', file, state });
    this.#advance();
  }

  /** Pauses an upload; the bytes sent so far are kept. */
  pause(jobId: string): void {
    const upload = this.#uploads.get(jobId);
    if (upload === undefined || !isUnderWay(upload)) return;
    this.#leave(upload, { kind: 'paused', sentBytes: sentBytesOf(upload) });
  }

  /** Resumes a paused upload at its offset. */
  resume(jobId: string): void {
    const upload = this.#uploads.get(jobId);
    if (upload?.state.kind !== 'paused') return;
    this.#enqueue({ ...upload, state: { kind: 'waiting' } });
    this.#advance();
  }

  /** Applies pauses and resumptions by other pages or devices, from the server's pending files. */
  heed(pending: readonly PendingUpload[]): void {
    for (const { job_id: jobId, paused } of pending) {
      const upload = this.#uploads.get(jobId);
      if (upload === undefined) continue;
      const agreed = upload.state.kind === 'paused' ? upload.state.agreed === true : null;
      if (paused && (agreed === false || isUnderWay(upload))) {
        this.#leave(upload, pausedByServer(upload));
      } else if (!paused && agreed) {
        this.resume(jobId);
      }
    }
  }

  pauseSession(sessionId: string): void {
    for (const jobId of this.#jobsOf(sessionId)) this.pause(jobId);
  }

  resumeSession(sessionId: string): void {
    for (const jobId of this.#jobsOf(sessionId)) this.resume(jobId);
  }

  /** Stops sending a file; the server's record of it does not change. */
  cancel(jobId: string): void {
    const upload = this.#uploads.get(jobId);
    if (upload === undefined || !(isUnderWay(upload) || upload.state.kind === 'paused')) return;
    this.#leave(upload, { kind: 'cancelled' });
  }

  /** Cancels all uploads of a session. */
  cancelSession(sessionId: string): void {
    for (const jobId of this.#jobsOf(sessionId)) this.cancel(jobId);
  }

  /** Sends a failed or cancelled file again; bytes that the server kept are not sent twice. */
  retry(jobId: string): void {
    const upload = this.#uploads.get(jobId);
    if (upload === undefined || isUnderWay(upload) || upload.state.kind === 'sent') return;
    this.#enqueue({ ...upload, state: { kind: 'waiting' } });
    this.#advance();
  }

  /** Retries failed uploads: all of one session, or the temporary failures of all sessions. */
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

  #jobsOf(sessionId: string): string[] {
    const uploads = [...this.#uploads.values()];
    return uploads.filter((upload) => upload.sessionId === sessionId).map(({ jobId }) => jobId);
  }

  #leave(upload: Upload, state: UploadState): void {
    const index = this.#waiting.indexOf(upload.jobId);
    if (index >= 0) this.#waiting.splice(index, 1);
    this.#set(upload, state);
    this.#sending.get(upload.jobId)?.abort();
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
      await this.#sendingOf(upload, controller.signal).run();
      this.#set(upload, { kind: 'sent' });
    } catch (error) {
      if (!controller.signal.aborted) await this.#fail(upload, error);
    } finally {
      // A cancelled file may already be sent again, under a controller of its own.
      if (this.#sending.get(upload.jobId) === controller) this.#sending.delete(upload.jobId);
      this.#advance();
    }
  }

  /** A file that differs from the one begun is sent as a new one; the old upload stays pending. */
  async #fail(upload: Upload, error: unknown): Promise<void> {
    if (!isMismatch(error)) {
      return this.#set(upload, stateAfter(error, this.#current(upload)));
    }
    const options = this.#chosen.get(upload.jobId) ?? {};
    try {
      await this.#announce(upload.knowledgeId, [upload.file], options);
      this.#set(upload, { kind: 'cancelled' });
    } catch (refusal) {
      this.#set(upload, stateAfter(refusal, this.#current(upload)));
    }
  }

  #sendingOf(upload: Upload, signal: AbortSignal): Sending {
    const { retries, retryDelay, network, now } = this.#options;
    return new Sending(upload, {
      retries,
      retryDelay,
      network,
      now,
      signal,
      sender: this.#sender,
      chunkSize: this.#chunkSize,
      sendFile: (file, options) => this.#api.sendFile(file, options),
      onState: (state) => this.#set(upload, state),
    });
  }

  #current({ jobId, ...upload }: Upload): Upload {
    return this.#uploads.get(jobId) ?? { jobId, ...upload };
  }
}
