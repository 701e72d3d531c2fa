/**
 * Priorities as names for users and as numbers for the queue.
 *
 * @module
 */
import { PRIORITIES, type Priority } from '#contract/statuses.ts';

/** A higher number runs first. */
export const PRIORITY_LEVELS: Record<Priority, number> = { low: 0, medium: 1, high: 2 };

/** The name of a level; a level outside the range maps to the nearest name. */
export function priorityName(level: number): Priority {
  return PRIORITIES.findLast((name) => PRIORITY_LEVELS[name] <= level) ?? 'low';
}
