/**
 * Page life-cycle events: a page becomes visible, gets its network back, or is suspended.
 *
 * @module
 */
/// <reference lib="dom" />

/** The parts of `window` and `document` whose events are used. */
export interface WakeTargets {
  window?: Pick<EventTarget, 'addEventListener'> | undefined;
  document?:
    | (Pick<EventTarget, 'addEventListener'> & { readonly visibilityState?: string })
    | undefined;
}

/** The page's own targets; none on a server. */
export function pageTargets(): WakeTargets {
  const { window, document } = globalThis;
  return { window, document };
}

/** True if the page is visible, or if that is unknown. */
export function isVisible({ document }: WakeTargets): boolean {
  return document?.visibilityState !== 'hidden';
}

/**
 * Subscribes to a page's life cycle until the returned function is called. Calls `wake` when the
 * page is shown, resumes or gets its network back. Calls `sleep` when it is frozen or put into the
 * back/forward cache. Calls `turn` before either when it was shown or hidden.
 */
export function listenForPage(
  targets: WakeTargets,
  page: { wake(): void; sleep?(): void; turn?(): void },
): () => void {
  const { window, document } = targets;
  const hear = ({ type }: Event) => {
    if (type === 'pagehide' || type === 'freeze') return page.sleep?.();
    page.turn?.();
    if (type === 'online' || isVisible(targets)) page.wake();
  };
  const listening = new AbortController();
  const { signal } = listening;
  for (const type of ['online', 'pagehide', 'pageshow']) {
    window?.addEventListener(type, hear, { signal });
  }
  for (const type of ['visibilitychange', 'freeze', 'resume']) {
    document?.addEventListener(type, hear, { signal });
  }
  return () => listening.abort();
}

/** Calls `wake` on each such event, until the returned function is called. */
export function listenForWakeups(targets: WakeTargets, wake: () => void): () => void {
  return listenForPage(targets, { wake });
}
