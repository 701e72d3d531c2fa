/**
 * Progress as a plain store: `createProgressStore(sessionId).subscribe(…)`. Needs no Svelte.
 *
 * @module
 */
export {
  createProgressStore,
  type ProgressState,
  type ProgressStore,
} from '../polling/progress-store.ts';
