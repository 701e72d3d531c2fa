/**
 * Virtualised rows of a long list, as reactive state.
 *
 * @module
 */
/// <reference lib="dom" />
import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  observeWindowOffset,
  observeWindowRect,
  type Range,
  type VirtualItem,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core';

export interface ListWindowOptions {
  count: number;
  /** Height of a row before it is measured, pixels. */
  estimate: number;
  /** Stable identity of a row. */
  keyOf: (index: number) => string;
}

/** Rows rendered above and below the visible ones, so that the keyboard can reach the next one. */
const OVERSCAN = 8;

export class ListWindow {
  #rows = $state.raw<VirtualItem[]>([]);
  #height = $state(0);
  #list: HTMLElement | null = null;
  /** True if the list scrolls in an element of its own and not with the page. */
  #inside = false;
  #options: ListWindowOptions;
  #virtualizer: Virtualizer<Window, HTMLElement> | Virtualizer<HTMLElement, HTMLElement> | null =
    null;
  /** The focused row stays rendered, however far the list is scrolled. */
  #focused = -1;

  constructor(options: ListWindowOptions) {
    this.#options = options;
  }

  get rows(): readonly VirtualItem[] {
    return this.#rows;
  }

  /** Height of all rows together, pixels. */
  get height(): number {
    return this.#height;
  }

  /** Offset of the first row on the page, pixels; the content above it is not part of the list. */
  get margin(): number {
    return this.#virtualizer?.options.scrollMargin ?? 0;
  }

  /** Follows the scrolling of `scroller`, or of the page. Returns a function that detaches it. */
  attach(list: HTMLElement, scroller: HTMLElement | null): () => void {
    this.#list = list;
    this.#inside = scroller !== null;
    this.#virtualizer = scroller === null
      ? new Virtualizer<Window, HTMLElement>({ ...this.#common(), ...PAGE })
      : new Virtualizer<HTMLElement, HTMLElement>({
        ...this.#common(),
        getScrollElement: () => scroller,
        scrollToFn: elementScroll,
        observeElementRect,
        observeElementOffset,
      });
    const unmount = this.#virtualizer._didMount();
    // Content above the list may grow, which moves the list on the page.
    const observer = new ResizeObserver(() => this.update(this.#options));
    if (scroller === null) observer.observe(document.body);
    this.update(this.#options);
    return () => {
      observer.disconnect();
      unmount();
      this.#virtualizer = null;
    };
  }

  update(options: ListWindowOptions): void {
    this.#options = options;
    const virtualizer = this.#virtualizer;
    if (virtualizer === null) return;
    virtualizer.setOptions({ ...virtualizer.options, ...this.#common() } as never);
    virtualizer._willUpdate();
    this.#read();
  }

  /** Measures the height of a rendered row, now and whenever it changes. */
  readonly measure = (row: HTMLElement): void => {
    this.#virtualizer?.measureElement(row);
  };

  focus(index: number): void {
    this.#focused = index;
  }

  toTop(): void {
    this.#virtualizer?.scrollToOffset(this.margin);
  }

  #common() {
    const { count, estimate, keyOf } = this.#options;
    return {
      count,
      estimateSize: () => estimate,
      getItemKey: (index: number) => keyOf(index),
      overscan: OVERSCAN,
      scrollMargin: this.#marginNow(),
      rangeExtractor: (range: Range) => this.#extract(range),
      onChange: () => this.#read(),
    };
  }

  #marginNow(): number {
    if (this.#list === null || this.#inside) return 0;
    return Math.round(this.#list.getBoundingClientRect().top + globalThis.scrollY);
  }

  #extract(range: Range): number[] {
    const shown = defaultRangeExtractor(range);
    const focused = this.#focused;
    if (focused < 0 || focused >= range.count || shown.includes(focused)) return shown;
    return [...shown, focused].sort((a, b) => a - b);
  }

  #read(): void {
    const virtualizer = this.#virtualizer;
    if (virtualizer === null) return;
    this.#rows = virtualizer.getVirtualItems();
    this.#height = virtualizer.getTotalSize();
  }
}

const PAGE = {
  getScrollElement: () => globalThis.window,
  scrollToFn: windowScroll,
  observeElementRect: observeWindowRect,
  observeElementOffset: observeWindowOffset,
};
