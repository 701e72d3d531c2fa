/**
 * Copying, and what came of it, as reactive state.
 *
 * @module
 */
import { copyText } from './copy.ts';

/** So long it is said that something was copied, milliseconds. */
const SHOWN_MS = 2_000;

export class Copying {
  #outcome = $state.raw<{ what: string; done: boolean } | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Whether the last try failed. */
  get failed(): boolean {
    return this.#outcome?.done === false;
  }

  /** Whether `what`, or anything when left out, was copied just now. */
  copied(what?: string): boolean {
    const { done = false, what: last } = this.#outcome ?? {};
    return done && (what === undefined || what === last);
  }

  /** `what` names it for {@link copied}. */
  async copy(text: string | Promise<string>, what = ''): Promise<void> {
    clearTimeout(this.#timer);
    const done = await copyText(text).then(() => true, () => false);
    this.#outcome = { what, done };
    if (done) this.#timer = setTimeout(() => this.#outcome = null, SHOWN_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
