/**
 * A session's status, serialized except for one number that depends on the load of the process: the
 * poll interval. Pure.
 *
 * @module
 */
import { FINAL_STATUSES, stepOf } from '#contract/progress.ts';
import { createHash } from 'node:crypto';
import { nextLookMs, retryAfterSeconds } from './next-look.ts';
import type { SessionRead } from './read.ts';

export class Snapshot {
  readonly read: SessionRead;
  /** Digest of everything independent of load: the same in every process. */
  readonly tag: string;
  /** Session id and step. Pollers are notified of a change of it at once. */
  readonly step: string;
  readonly isOver: boolean;
  /** Approximate size in memory. */
  readonly bytes: number;
  readonly #before: string;
  readonly #after: string;
  #load = NaN;
  #text = '';

  constructor(read: SessionRead) {
    const { files, retry_after_ms: _, ...head } = read.status;
    this.read = read;
    this.#before = `${JSON.stringify(head).slice(0, -1)},"retry_after_ms":`;
    this.#after = files ? `,"files":${JSON.stringify(files)}}` : '}';
    this.tag = digest(this.#before + this.#after);
    this.step = `${head.session_id} ${stepOf(head)}`;
    this.isOver = FINAL_STATUSES.includes(head.status);
    // The text and its pieces; the document weighs about as much as its text.
    this.bytes = 4 * (this.#before.length + this.#after.length);
  }

  /** The status document as JSON. */
  text(load: number): string {
    if (load !== this.#load) {
      this.#load = load;
      this.#text = `${this.#before}${nextLookMs(this.read.outlook, load)}${this.#after}`;
    }
    return this.#text;
  }

  /** Equality of the serialized statuses. */
  isSameAs(other: Snapshot): boolean {
    return this.tag === other.tag && this.text(1) === other.text(1);
  }

  /** True if it contains a position in the queue, which changes with other sessions. */
  get hasPlace(): boolean {
    const { queue_position: place, files = [] } = this.read.status;
    return place !== null || files.some((file) => file.queue_position !== null);
  }

  /** Seconds of `Retry-After`; null once the session has ended. */
  retryAfter(load: number): number | null {
    return this.isOver ? null : retryAfterSeconds(this.read.status.status, load);
  }
}

/** A short digest of a text. */
export const digest = (text: string): string => createHash('sha1').update(text).digest('base64url');
