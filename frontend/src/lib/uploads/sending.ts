/**
 * Sends one file to its end with retries, and reports its progress.
 *
 * @module
 */
import type { FileToSend, SendFileOptions } from '../api/send-file.ts';
import { folderOf } from './dropped-files.ts';
import { retrying, type RetryingOptions } from './retrying.ts';
import { sampleSpeed, secondsLeft, type Speed, startSpeed } from './speed.ts';
import type { Upload, UploadState } from './upload.ts';

export interface SendingOptions
  extends Pick<RetryingOptions, 'retries' | 'retryDelay' | 'signal' | 'network'> {
  readonly sendFile: (file: FileToSend, options?: SendFileOptions) => Promise<unknown>;
  /** Identifies the sender, so that the server distinguishes two at once. */
  readonly sender: string;
  /** Maximum bytes of a request. */
  readonly chunkSize: number | undefined;
  readonly now: () => number;
  readonly onState: (state: UploadState) => void;
}

/** Minimum milliseconds between progress reports; browsers report more often than is visible. */
const REPORT_MS = 150;

export class Sending {
  readonly #upload: Upload;
  readonly #options: SendingOptions;
  /** The last reported bytes; those sent by others are not known here. */
  #toldBytes = 0;
  #furthest = 0;

  constructor(upload: Upload, options: SendingOptions) {
    this.#upload = upload;
    this.#options = options;
  }

  /** Rejects with a permanent error, or with the signal's reason. */
  async run(): Promise<void> {
    const { retries, retryDelay, network, signal } = this.#options;
    let before = 0;
    await retrying(() => this.#try(), {
      retries,
      retryDelay,
      signal,
      network,
      gotFurther: () => {
        const further = this.#furthest > before;
        before = this.#furthest;
        return further;
      },
      onElsewhere: () => {
        this.#toldBytes = 0;
        this.#options.onState({ kind: 'elsewhere' });
      },
    });
  }

  async #try(): Promise<void> {
    const { file, knowledgeId, jobId } = this.#upload;
    const { signal, sender, chunkSize, sendFile } = this.#options;
    const report = this.#reporter();
    let restarted = false;
    report(this.#toldBytes, restarted);
    const folder = folderOf(file);
    const metadata = { knowledge_id: knowledgeId, job_id: jobId, ...(folder && { folder }) };
    await sendFile({ file, name: file.name, metadata }, {
      signal,
      sender,
      ownBytes: this.#furthest,
      onProgress: (sentBytes) => {
        this.#furthest = Math.max(this.#furthest, sentBytes);
        report(sentBytes, restarted);
      },
      onRestart: () => restarted = true,
      ...(chunkSize === undefined ? {} : { chunkSize }),
    });
  }

  /** Creates the progress reporter of one try, with a speed of its own. */
  #reporter(): (sentBytes: number, restarted: boolean) => void {
    const { signal, now, onState } = this.#options;
    const { size } = this.#upload.file;
    let speed: Speed | null = null;
    let reportedAt = -Infinity;
    return (sentBytes, restarted) => {
      const at = now();
      if (signal.aborted || at - reportedAt < REPORT_MS) return;
      reportedAt = at;
      // Bytes that are there already arrived at another time, at another speed.
      speed = speed ? sampleSpeed(speed, sentBytes, at) : { ...startSpeed(at), bytes: sentBytes };
      this.#toldBytes = sentBytes;
      onState({
        kind: 'sending',
        sentBytes,
        bytesPerSecond: speed.bytesPerSecond,
        secondsLeft: secondsLeft(speed, sentBytes, size),
        ...(restarted ? { restarted } : {}),
      });
    };
  }
}
