/**
 * Whether the page follows the line that is spoken: until the person scrolls it out of sight, and
 * again once it is in sight.
 *
 * @module
 */

/** So long somebody is taken to scroll after the last sign of it, milliseconds. */
const WHILE_MS = { page: 1_000, person: 500 };

export class Following {
  #on = $state(true);
  /** Whose scrolling is under way. */
  #scrolling: 'page' | 'person' | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get on(): boolean {
    return this.#on;
  }

  start(): void {
    this.#on = true;
  }

  /** The person looks at something else. */
  leave(): void {
    this.#on = false;
  }

  /** Whether the person scrolls at the moment: the page keeps still. */
  get handsOff(): boolean {
    return this.#scrolling === 'person';
  }

  /** The page is about to scroll by itself. */
  scrolls(): void {
    this.#begin('page');
  }

  /** Wheel, finger or key: what scrolls now is not the page by itself. */
  interrupt(): void {
    this.#begin('person');
  }

  /** Scrolling came to its end. That of a person may be the page's own that was broken off. */
  ended(): void {
    if (this.#scrolling === 'page') this.stop();
  }

  /** It was scrolled; `inSight` tells whether the line that is spoken can be seen. */
  scrolled(inSight: boolean): void {
    if (this.#scrolling === 'page') return;
    this.#on = inSight;
    // A swipe goes on by itself.
    if (this.#scrolling === 'person') this.#begin('person');
  }

  /** No timer is left afterwards. */
  stop(): void {
    this.#scrolling = null;
    clearTimeout(this.#timer);
  }

  #begin(who: 'page' | 'person'): void {
    this.#scrolling = who;
    clearTimeout(this.#timer);
    // Not every browser says when scrolling ends.
    this.#timer = setTimeout(() => this.stop(), WHILE_MS[who]);
  }
}
