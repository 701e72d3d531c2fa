/**
 * A right on which a run depends: it may be revoked during the run, which can take hours.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import { ProcessingError } from '../processing/processor.ts';

/** Least interval between two checks at checkpoints, milliseconds. */
export const RIGHT_CHECK_MS = 2_000;

/** The failure of a run whose right was revoked; `reason` names the right, for users. */
export const accessRevoked = (reason: MessageDetails): ProcessingError =>
  new ProcessingError('access_revoked', reason);

export interface RightCheck {
  /** Checks the right. */
  now(): Promise<void>;
  /** Checks the right if the last check is old enough. */
  atCheckpoint(): Promise<void>;
}

/** @param expectRight throws {@link accessRevoked} if the right was revoked */
export function createRightCheck(
  expectRight: () => Promise<void>,
  leastPauseMs: number = RIGHT_CHECK_MS,
): RightCheck {
  let checkedAt = -Infinity;
  async function now(): Promise<void> {
    checkedAt = performance.now();
    await expectRight();
  }
  return {
    now,
    async atCheckpoint() {
      if (performance.now() - checkedAt >= leastPauseMs) await now();
    },
  };
}
