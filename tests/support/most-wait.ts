/**
 * How long tests wait for a state before they call it lost, in milliseconds. A machine that has
 * much else to do may need most of it; a state that comes costs nothing of it.
 */
export const MOST_MS = 240_000;

const PAUSE_MS = { least: 20, most: 200 };

/**
 * Pause before the next look at a state, after so long a wait, in milliseconds. It grows with the
 * wait: what takes seconds is noticed later by a fiftieth of them, and is not slowed by the looks.
 */
export const pauseAfter = (waitedMs: number): number =>
  Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, waitedMs / 50));
