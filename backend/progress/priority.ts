/**
 * Priorities as words for people and as numbers for the queue.
 *
 * @module
 */
import { PRIORITIES, type Priority } from '#contract/statuses.ts';

/** The higher goes first. */
export const PRIORITY_LEVELS: Record<Priority, number> = { low: 0, medium: 1, high: 2 };

/** The word for a number; one beyond the classes counts as the nearest of them. */
export function priorityName(level: number): Priority {
  return PRIORITIES.findLast((name) => PRIORITY_LEVELS[name] <= level) ?? 'low';
}
