/**
 * Actions on a page, as reactive state: pending ones, and the error of the last one.
 *
 * @module
 */
import { untrack } from 'svelte';

export class Attempts {
  #underWay = $state(0);
  #error = $state.raw<unknown>(null);

  get busy(): boolean {
    return this.#underWay > 0;
  }

  /** Null if the last attempt succeeded or is pending. */
  get error(): unknown {
    return this.#error;
  }

  /** Never throws: it has no caller that would catch an error. */
  async run(work: () => Promise<void>): Promise<void> {
    // An effect that starts an attempt does not depend on its end.
    untrack(() => this.#underWay += 1);
    this.#error = null;
    try {
      await work();
    } catch (error) {
      this.#error = error;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Clears the error. */
  forget(): void {
    this.#error = null;
  }
}
