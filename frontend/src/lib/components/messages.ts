/**
 * Every text that the components show; by area in `messages/`.
 *
 * @module
 */
export * from '../messages/index.ts';
