/**
 * Uploads as reactive state. Keep one for the whole app, so that they outlive a page.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import { type UploadTotals, uploadTotals } from '../uploads/totals.ts';
import {
  type Upload,
  type UploadApi,
  UploadQueue,
  type UploadQueueOptions,
} from '../uploads/upload-queue.ts';

export class Uploads extends UploadQueue {
  readonly #shown: SvelteMap<string, Upload>;

  constructor(api: UploadApi, options: UploadQueueOptions = {}) {
    const shown = new SvelteMap<string, Upload>();
    super(api, {
      ...options,
      onChange: (upload) => {
        shown.set(upload.jobId, upload);
        options.onChange?.(upload);
      },
    });
    this.#shown = shown;
  }

  /** Every upload by its job. */
  get current(): ReadonlyMap<string, Upload> {
    return this.#shown;
  }

  /** Sums over one session, or over all. */
  totals(sessionId?: string): UploadTotals {
    const uploads = [...this.#shown.values()];
    return uploadTotals(
      sessionId === undefined
        ? uploads
        : uploads.filter((upload) => upload.sessionId === sessionId),
    );
  }
}

export function createUploads(api: UploadApi, options: UploadQueueOptions = {}): Uploads {
  return new Uploads(api, options);
}
