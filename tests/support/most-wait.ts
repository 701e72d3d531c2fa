/**
 * How long tests wait for a state before they call it lost, in milliseconds. A machine that has
 * much else to do may need most of it; a state that comes costs nothing of it.
 */
export const MOST_MS = 240_000;
