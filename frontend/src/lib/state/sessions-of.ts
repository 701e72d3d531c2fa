/**
 * One knowledge base's subset of the sessions that a whole app follows.
 *
 * @module
 */
import type { SessionAction } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { Progress } from './progress.svelte.ts';
import type { OnEnd, Sessions } from './sessions.svelte.ts';

/** Sessions as a page uses them, its own or a subset of the app's. */
export type PageSessions = Pick<
  Sessions,
  | 'current'
  | 'looked'
  | 'start'
  | 'stop'
  | 'follow'
  | 'open'
  | 'control'
  | 'controlFile'
  | 'dismiss'
>;

export class SessionsOf implements PageSessions {
  readonly #all: Sessions;
  readonly #knowledgeId: string;
  readonly #onEnd: OnEnd | undefined;
  #stopListening: (() => void) | undefined;

  constructor(all: Sessions, knowledgeId: string, onEnd: OnEnd | undefined) {
    this.#all = all;
    this.#knowledgeId = knowledgeId;
    this.#onEnd = onEnd;
  }

  /** Newest first. */
  get current(): Progress[] {
    return this.#all.current.filter(({ sessionId }) =>
      this.#all.placeOf(sessionId) === this.#knowledgeId
    );
  }

  get looked(): boolean {
    return this.#all.looked;
  }

  /** Includes the files of these sessions and subscribes to their ends. */
  start(): void {
    this.#all.start();
    this.#all.show(this.#knowledgeId, true);
    this.#stopListening ??= this.#all.listen((status) => {
      if (status.knowledge_id === this.#knowledgeId) this.#onEnd?.(status);
    });
  }

  /** Ends the subscription; the app goes on following. */
  stop(): void {
    this.#all.show(this.#knowledgeId, false);
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  follow(sessionId: string, initial?: SessionStatusDocument): void {
    this.#all.follow(sessionId, initial, this.#knowledgeId);
  }

  open(sessionId: string, wanted: boolean): void {
    this.#all.open(sessionId, wanted);
  }

  /** @throws {ApiError} */
  async control(sessionId: string, action: SessionAction): Promise<void> {
    await this.#all.control(sessionId, action);
  }

  /** @throws {ApiError} */
  async controlFile(sessionId: string, jobId: string, action: SessionAction): Promise<void> {
    await this.#all.controlFile(sessionId, jobId, action);
  }

  /** @throws {ApiError} */
  async dismiss(sessionId: string): Promise<void> {
    await this.#all.dismiss(sessionId);
  }
}
