/**
 * What somebody does on a page: whether it is under way, and why the last of it failed.
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

  /** Null where the last attempt went well, or goes on. */
  get error(): unknown {
    return this.#error;
  }

  /** Never throws: there is nobody above to catch it. */
  async run(work: () => Promise<void>): Promise<void> {
    // An effect that attempts something does not wait for its end.
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

  /** What went wrong is not said any longer. */
  forget(): void {
    this.#error = null;
  }
}
