/**
 * The notice about a length that differs from the declared one.
 *
 * @module
 */
import type { Notice } from '#contract/notices.ts';
import type { Pcm } from './pcm.ts';

/** At most one. */
export function lengthNotices({ expectedSeconds, seconds }: Pcm): Notice[] {
  if (expectedSeconds === null) return [];
  const code = seconds < expectedSeconds ? 'recording_shorter' : 'recording_longer';
  return [{
    code,
    params: { expected_seconds: inTenths(expectedSeconds), seconds: inTenths(seconds) },
  }];
}

const inTenths = (seconds: number) => Math.round(seconds * 10) / 10;
