/**
 * Whether the page follows the line that is spoken: until the person scrolls it out of sight, and
 * again once it is in sight.
 *
 * @module
 */
export class Following {
  #on = $state(true);
  /** Whether the scrolling under way is the page's own. */
  #own = false;
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

  /** The page is about to scroll by itself. */
  scrolls(): void {
    this.#own = true;
    clearTimeout(this.#timer);
    // Not every browser says when scrolling ends.
    this.#timer = setTimeout(() => this.ended(), 1_000);
  }

  /** Wheel, finger or key: what scrolls now is not the page by itself. */
  interrupt(): void {
    this.ended();
  }

  /** Scrolling came to its end. */
  ended(): void {
    this.#own = false;
    clearTimeout(this.#timer);
  }

  /** It was scrolled; `inSight` tells whether the line that is spoken can be seen. */
  scrolled(inSight: boolean): void {
    if (!this.#own) this.#on = inSight;
  }
}
