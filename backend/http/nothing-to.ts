/**
 * Why a command changed nothing, in words that say what would.
 *
 * @module
 */
import type { SessionAction } from '#contract/paths.ts';

export const NOTHING_TO: Record<SessionAction | 'promote' | 'prioritise', string> = {
  cancel: 'Nothing to cancel: it has ended already',
  pause: 'Nothing to pause: nothing waits or runs',
  resume: 'Nothing to resume: nothing is paused',
  retry: 'Nothing to retry: no file failed or was cancelled, or its bytes never arrived',
  promote: 'Nothing to promote: it has ended, or has that priority or a higher one already',
  prioritise: 'Nothing to change: it has ended, or has that priority already',
};
