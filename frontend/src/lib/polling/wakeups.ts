/**
 * Hears when a page becomes visible again or gets its network back, and when it is put to sleep.
 *
 * @module
 */
/// <reference lib="dom" />

/** The parts of `window` and `document` that are listened to. */
export interface WakeTargets {
  window?: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | undefined;
  document?:
    | (Pick<EventTarget, 'addEventListener' | 'removeEventListener'> & {
      readonly visibilityState?: string;
    })
    | undefined;
}

/** The page's own targets; none on a server. */
export function pageTargets(): WakeTargets {
  return {
    window: typeof window === 'undefined' ? undefined : window,
    document: typeof document === 'undefined' ? undefined : document,
  };
}

/** Calls `wake` on each such moment, until the returned function is called. */
export function listenForWakeups(targets: WakeTargets, wake: () => void): () => void {
  const turn = () => {
    if (targets.document?.visibilityState !== 'hidden') wake();
  };
  return listenForPage(targets, { wake, turn, rise: wake, sleep: () => {} });
}

export interface PageEvents {
  /** The network is back. */
  wake(): void;
  /** The page was shown or hidden. */
  turn(): void;
  /** The page is frozen or put into the back/forward cache: no lock may stay behind. */
  sleep(): void;
  /** The page is shown for the first time, or goes on after that. */
  rise(): void;
}

/** Tells of the life of a page, until the returned function is called. */
export function listenForPage(targets: WakeTargets, page: PageEvents): () => void {
  const { window, document } = targets;
  const listeners = [
    [window, 'online', page.wake],
    [document, 'visibilitychange', page.turn],
    [window, 'pagehide', page.sleep],
    [document, 'freeze', page.sleep],
    [window, 'pageshow', page.rise],
    [document, 'resume', page.rise],
  ] as const;
  for (const [target, type, listener] of listeners) target?.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target?.removeEventListener(type, listener);
  };
}
