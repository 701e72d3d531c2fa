/**
 * Hears when a page becomes visible again or gets its network back.
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
  const { window, document } = targets;
  const whenVisible = () => {
    if (document?.visibilityState !== 'hidden') wake();
  };
  window?.addEventListener('online', wake);
  window?.addEventListener('pageshow', wake);
  document?.addEventListener('visibilitychange', whenVisible);
  return () => {
    window?.removeEventListener('online', wake);
    window?.removeEventListener('pageshow', wake);
    document?.removeEventListener('visibilitychange', whenVisible);
  };
}
