/**
 * Auto-scroll to the spoken line: off once the user scrolls it out of sight, on again once it is in
 * sight.
 *
 * @module
 */

/** Time that scrolling counts as under way after its last event, milliseconds. */
const WHILE_MS = { page: 1_000, person: 500 };

export class Following {
  #on = $state(true);
  /** Initiator of the scrolling under way. */
  #scrolling: 'page' | 'person' | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get on(): boolean {
    return this.#on;
  }

  start(): void {
    this.#on = true;
  }

  /** Turns following off. */
  leave(): void {
    this.#on = false;
  }

  /** True while the user scrolls: the page must not scroll itself. */
  get handsOff(): boolean {
    return this.#scrolling === 'person';
  }

  /** Marks the start of scrolling by the page. */
  scrolls(): void {
    this.#begin('page');
  }

  /** Marks the scrolling as the user's, after wheel, touch or key input. */
  interrupt(): void {
    this.#begin('person');
  }

  /** Handles the end of scrolling. While the user scrolls, interrupted page scrolling may end. */
  ended(): void {
    if (this.#scrolling === 'page') this.stop();
  }

  /** Handles a scroll event; `inSight` is true if the spoken line is visible. */
  scrolled(inSight: boolean): void {
    if (this.#scrolling === 'page') return;
    this.#on = inSight;
    // A swipe continues by momentum.
    if (this.#scrolling === 'person') this.#begin('person');
  }

  /** Ends the scrolling under way and clears the timer. */
  stop(): void {
    this.#scrolling = null;
    clearTimeout(this.#timer);
  }

  #begin(who: 'page' | 'person'): void {
    this.#scrolling = who;
    clearTimeout(this.#timer);
    // Not every browser fires `scrollend`.
    this.#timer = setTimeout(() => this.stop(), WHILE_MS[who]);
  }
}
