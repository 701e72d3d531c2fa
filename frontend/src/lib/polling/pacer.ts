/**
 * Estimates of the sessions that one stream polls.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { expectWait, see, type Sight } from './foresight.ts';
import type { Pace } from './options.ts';
import type { AnswerHints } from './schedule.ts';

/** Properties of an answer, besides the document. */
export interface Answered {
  readonly retryAfterMs: number | undefined;
  readonly at: number;
  readonly hidden: boolean;
}

export class Pacer extends Map<string, Sight> {
  /** Records the newest document of a session, the previous one where nothing changed. */
  see(document: SessionStatusDocument, at: number): void {
    const id = document.session_id;
    this.set(id, see(this.get(id) ?? null, document, at));
  }

  /** True if a session has another step than in the answer before. */
  stepped(id: string): boolean {
    return this.get(id)?.stepped === true;
  }

  /** Returns the input of `delayAfterAnswer`. */
  hints(id: string, pace: Pace, { at, ...answered }: Answered): AnswerHints {
    const sight = this.get(id);
    const estimateMs = sight &&
      expectWait(sight, at, answered.hidden ? pace.maxInterval : undefined);
    return { ...answered, estimateMs, stepped: this.stepped(id) };
  }
}
