/**
 * Copying and its outcome, as reactive state.
 *
 * @module
 */
import { copyText } from './copy.ts';

/** Time that a successful copy stays reported, milliseconds. */
const SHOWN_MS = 2_000;

export class Copying {
  #outcome = $state.raw<{ what: string; done: boolean } | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** True if the last attempt failed. */
  get failed(): boolean {
    return this.#outcome?.done === false;
  }

  /** True if `what`, or anything if omitted, was copied just now. */
  copied(what?: string): boolean {
    const { done = false, what: last } = this.#outcome ?? {};
    return done && (what === undefined || what === last);
  }

  /** Copies a text; `what` names it for {@link copied}. */
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
