/**
 * Clamping of the shown percent. Pure.
 *
 * @module
 */

/** Clamps to 0–100, and to at most 99 until all is done. */
export function heldProgress(progress: number, ended: boolean): number {
  return Math.min(Math.max(0, progress), ended ? 100 : 99);
}
