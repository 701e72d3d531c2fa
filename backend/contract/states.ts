/**
 * States of a file in a knowledge base. Plain constants, so that a browser that only compares them
 * loads no schemas.
 *
 * @module
 */

/**
 * `ready`: the text is available. `working`: being uploaded, queued or processed. `attention`:
 * failed, cancelled, or never queued.
 */
export const FILE_STATES = ['ready', 'working', 'attention'] as const;
export type FileState = (typeof FILE_STATES)[number];
