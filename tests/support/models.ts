/**
 * The folder of the speech model.
 *
 * @module
 */

/** Prepared by whichever test needs it first, and shared by all: it never changes. */
export const MODELS = new URL('../../node_modules/.headway-test-models', import.meta.url).pathname;
