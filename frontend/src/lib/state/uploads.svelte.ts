/**
 * Uploads as reactive state. Keep one for the whole app, so that they outlive a page.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import { type UploadTotals, uploadTotals } from '../uploads/totals.ts';
import type { Upload } from '../uploads/upload.ts';
import { type UploadApi, UploadQueue, type UploadQueueOptions } from '../uploads/upload-queue.ts';

export class Uploads extends UploadQueue {
  readonly #shown: SvelteMap<string, Upload>;
  readonly #sums: Sums;

  constructor(api: UploadApi, options: UploadQueueOptions = {}) {
    const shown = new SvelteMap<string, Upload>();
    const sums = new Sums(() => this.uploads.values());
    super(api, {
      ...options,
      onChange: (upload) => {
        shown.set(upload.jobId, upload);
        sums.changed(upload);
        options.onChange?.(upload);
      },
    });
    this.#shown = shown;
    this.#sums = sums;
  }

  /** Every upload by job id. */
  get current(): ReadonlyMap<string, Upload> {
    return this.#shown;
  }

  /** Sums over one session, or over all. */
  totals(sessionId?: string): UploadTotals {
    return this.#sums.of(sessionId);
  }
}

/**
 * Maximum delay of sums, milliseconds: progress changes many times a second, and a sum may cover
 * thousands of files.
 */
const SUM_MS = 250;

/** Sums, cached until a change and computed on read. */
class Sums {
  readonly #uploads: () => Iterable<Upload>;
  readonly #known = new Map<string | undefined, UploadTotals>();
  #version = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(uploads: () => Iterable<Upload>) {
    this.#uploads = uploads;
  }

  of(sessionId: string | undefined): UploadTotals {
    void this.#version;
    const known = this.#known.get(sessionId) ?? uploadTotals(this.#of(sessionId));
    this.#known.set(sessionId, known);
    return known;
  }

  /** Debounces byte counts; the start or end of a file invalidates the sums at once. */
  changed({ state, sessionId }: Upload): void {
    if (state.kind !== 'sending' || !this.#known.get(sessionId)?.busy) return this.#forget();
    this.#timer ??= setTimeout(() => this.#forget(), SUM_MS);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#known.clear();
    this.#version += 1;
  }

  *#of(sessionId: string | undefined): Iterable<Upload> {
    for (const upload of this.#uploads()) {
      if (sessionId === undefined || upload.sessionId === sessionId) yield upload;
    }
  }
}

export function createUploads(api: UploadApi, options: UploadQueueOptions = {}): Uploads {
  return new Uploads(api, options);
}
