/**
 * The percent that may be shown. Pure.
 *
 * @module
 */

/** 0–100; 100 only when all is done, so that a bar holds at 99 until it is true. */
export function heldProgress(progress: number, ended: boolean): number {
  return Math.min(Math.max(0, progress), ended ? 100 : 99);
}
