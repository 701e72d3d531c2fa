/**
 * Where a file of a knowledge base stands. Plain constants, so that a browser that only compares
 * them loads no schemas.
 *
 * @module
 */

/**
 * Its text is there; it is being sent, waits or is read; it failed, was cancelled, or nobody has
 * asked for it.
 */
export const FILE_STATES = ['ready', 'working', 'attention'] as const;
export type FileState = (typeof FILE_STATES)[number];
