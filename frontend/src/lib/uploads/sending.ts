/**
 * Sends one file whole, through whatever may pass, and tells how far it is.
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
  /** Who sends, so that two at once are told apart. */
  readonly sender: string;
  /** Bytes of a request at most. */
  readonly chunkSize: number | undefined;
  readonly now: () => number;
  readonly onState: (state: UploadState) => void;
}

/** Browsers tell of progress more often than anybody can see, milliseconds. */
const REPORT_MS = 150;

export class Sending {
  readonly #upload: Upload;
  readonly #options: SendingOptions;
  /** What was told last; what others have sent is not known here. */
  #toldBytes = 0;
  #furthest = 0;

  constructor(upload: Upload, options: SendingOptions) {
    this.#upload = upload;
    this.#options = options;
  }

  /** Rejects with what no further try would mend, or with the signal's reason. */
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

  /** Tells of one try, at its own speed. */
  #reporter(): (sentBytes: number, restarted: boolean) => void {
    const { signal, now, onState } = this.#options;
    const { size } = this.#upload.file;
    let speed: Speed | null = null;
    let reportedAt = -Infinity;
    return (sentBytes, restarted) => {
      const at = now();
      if (signal.aborted || at - reportedAt < REPORT_MS) return;
      reportedAt = at;
      // What is there already came at another time, at another speed.
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
