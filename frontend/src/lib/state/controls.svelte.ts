/**
 * Users' actions on sessions and files of a page: on the server, and on this tab's own uploads.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import type { SessionAction } from '#contract/paths.ts';
import type { FileProgress, Priority, SessionStatusDocument } from '#contract/progress.ts';
import type { SessionAccepted } from '#contract/sessions.ts';
import { ApiError } from '../api/api-error.ts';
import type { Upload } from '../uploads/upload.ts';
import { Attempts } from './attempts.svelte.ts';

export interface ControlsOptions {
  client: {
    controlSession(id: string, action: SessionAction): Promise<unknown>;
    controlFile(sessionId: string, jobId: string, action: SessionAction): Promise<unknown>;
    retryFailedFiles(id: string): Promise<unknown>;
    setPriority(id: string, priority: Priority, jobId?: string): Promise<unknown>;
  };
  uploads: {
    readonly current: ReadonlyMap<string, Upload>;
    cancel(jobId: string): void;
    retry(jobId: string): void;
    retryFailed(sessionId: string): void;
    pause(jobId: string): void;
    resume(jobId: string): void;
    pauseSession(sessionId: string): void;
    resumeSession(sessionId: string): void;
  };
  /** Announces files as a new session and starts to send them. */
  announce: (files: File[]) => Promise<SessionAccepted>;
  /** Follows a session, or polls one at once that is followed already. */
  follow: (sessionId: string) => void;
}

export class Controls {
  readonly #options: ControlsOptions;
  readonly #attempts = new Attempts();
  /** Sessions cancelled here, each with its files that had not been sent. */
  readonly #cancelled = new SvelteMap<string, File[]>();

  constructor(options: ControlsOptions) {
    this.#options = options;
  }

  /** Error of the last action, or null. */
  get error(): unknown {
    return this.#attempts.error;
  }

  /** True if this session was cancelled here and can be restored. */
  canUndo(sessionId: string): boolean {
    return this.#cancelled.has(sessionId);
  }

  /** Number of files that another tab or device sends: their cancellation cannot be undone here. */
  sentElsewhere({ session_id, files, phase, total_files: total }: SessionStatusDocument): number {
    const own = this.#own(session_id).length;
    if (files) return files.filter((file) => this.#comesFromElsewhere(file)).length;
    return phase === 'upload' ? Math.max(0, total - own) : 0;
  }

  async act(sessionId: string, action: SessionAction): Promise<void> {
    await this.#attempts.run(async () => {
      const { client, uploads } = this.#options;
      if (action === 'pause') uploads.pauseSession(sessionId);
      if (action === 'cancel') await this.#cancel(sessionId);
      else await client.controlSession(sessionId, action);
      if (action === 'resume') uploads.resumeSession(sessionId);
      this.#options.follow(sessionId);
    });
  }

  async undoCancel(sessionId: string): Promise<void> {
    const unsent = this.#cancelled.get(sessionId) ?? [];
    this.#cancelled.delete(sessionId);
    await this.#attempts.run(async () => {
      await this.#options.client.controlSession(sessionId, 'retry').catch((error) => {
        // Without any byte received there is nothing to retry: all files are sent anew.
        if (!(error instanceof ApiError && error.code === 'conflict' && unsent.length > 0)) {
          throw error;
        }
      });
      this.#options.follow(sessionId);
      if (unsent.length > 0) await this.#announce(unsent);
    });
  }

  async retryFailed(sessionId: string): Promise<void> {
    await this.#attempts.run(async () => {
      this.#options.uploads.retryFailed(sessionId);
      await this.#options.client.retryFailedFiles(sessionId);
      this.#options.follow(sessionId);
    });
  }

  async setPriority(sessionId: string, priority: Priority, jobId?: string): Promise<void> {
    await this.#attempts.run(async () => {
      await this.#options.client.setPriority(sessionId, priority, jobId);
      this.#options.follow(sessionId);
    });
  }

  async actOnFile(sessionId: string, file: FileProgress, action: SessionAction): Promise<void> {
    await this.#attempts.run(async () => {
      const { client, uploads } = this.#options;
      const own = uploads.current.get(file.job_id);
      if (action === 'retry' && own !== undefined && file.file_id === null) {
        await this.#sendAgain(own, file);
      } else {
        if (action === 'cancel') uploads.cancel(file.job_id);
        if (action === 'pause') uploads.pause(file.job_id);
        await client.controlFile(sessionId, file.job_id, action);
        if (action === 'resume') uploads.resume(file.job_id);
      }
      this.#options.follow(sessionId);
    });
  }

  /** The server still waits for lost bytes, but not for those of a cancelled file. */
  async #sendAgain({ jobId, file: bytes }: Upload, { status }: FileProgress): Promise<void> {
    if (status === 'cancelled') await this.#announce([bytes]);
    else this.#options.uploads.retry(jobId);
  }

  async #cancel(sessionId: string): Promise<void> {
    const unsent = this.#own(sessionId)
      .filter(({ state }) => state.kind !== 'sent' && state.kind !== 'cancelled');
    for (const { jobId } of unsent) this.#options.uploads.cancel(jobId);
    await this.#options.client.controlSession(sessionId, 'cancel');
    this.#cancelled.set(sessionId, unsent.map(({ file }) => file));
  }

  async #announce(files: File[]): Promise<void> {
    const { session_id } = await this.#options.announce(files);
    this.#options.follow(session_id);
  }

  #own(sessionId: string): Upload[] {
    return [...this.#options.uploads.current.values()]
      .filter((upload) => upload.sessionId === sessionId);
  }

  #comesFromElsewhere(file: FileProgress): boolean {
    return file.status === 'uploading' && !this.#options.uploads.current.has(file.job_id);
  }
}
