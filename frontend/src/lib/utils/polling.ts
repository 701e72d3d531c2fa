/**
 * Follows the progress of processing sessions by polling: the public API.
 *
 * ```ts
 * import { startProgressTracking, stopProgressTracking } from '$lib/utils/polling.js';
 *
 * startProgressTracking(sessionId, (status) => done(status), (error) => failed(error), {
 *   onProgress: ({ progress, message }) => show(progress, message),
 * });
 * ```
 *
 * @module
 */
export { PollingError, type PollingErrorCode } from '../polling/error.ts';
export { POLLING_DEFAULTS, POLLING_PRESETS, type PollingOptions } from '../polling/options.ts';
export { type OnComplete, type OnError, ProgressPoller } from '../polling/poller.ts';
export {
  type ResumeOptions,
  resumeTracking,
  startProgressTracking,
  stopProgressTracking,
} from '../polling/tracking.ts';
export type { StatusAnswer, StatusQuestion, StatusTransport } from '../polling/transport.ts';
