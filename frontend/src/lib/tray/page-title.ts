/**
 * The percent in front of the page's title.
 *
 * @module
 */
/// <reference lib="dom" />

/** `42% · Interviews · Headway`; the title alone without a percent. */
export function withPercent(title: string, percent: string | null): string {
  return percent === null ? title : `${percent} · ${title}`;
}

export interface PageTitle {
  /** Puts a percent in front of the title, or removes it. */
  show(percent: string | null): void;
  /** Restores the page's own title. */
  stop(): void;
}

/** Keeps a percent in front of the title, whatever title each page sets. */
export function followTitle(page: Document): PageTitle {
  let own = page.title;
  let written = own;
  let percent: string | null = null;
  const write = () => {
    written = withPercent(own, percent);
    if (page.title !== written) page.title = written;
  };
  const observer = new MutationObserver(() => {
    if (page.title === written) return;
    own = page.title;
    write();
  });
  observer.observe(page.head, { childList: true, subtree: true, characterData: true });
  return {
    show(next) {
      percent = next;
      write();
    },
    stop() {
      observer.disconnect();
      percent = null;
      write();
    },
  };
}
