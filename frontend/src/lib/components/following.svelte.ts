/**
 * Whether the page follows the line that is spoken: until the person scrolls it out of sight, and
 * again once it is in sight.
 *
 * @module
 */
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

  /** Scrolling came to its end. */
  ended(): void {
    this.#scrolling = null;
    clearTimeout(this.#timer);
  }

  /** It was scrolled; `inSight` tells whether the line that is spoken can be seen. */
  scrolled(inSight: boolean): void {
    if (this.#scrolling !== 'page') this.#on = inSight;
  }

  #begin(who: 'page' | 'person'): void {
    this.#scrolling = who;
    clearTimeout(this.#timer);
    // Not every browser says when scrolling ends.
    this.#timer = setTimeout(() => this.ended(), 1_000);
  }
}
