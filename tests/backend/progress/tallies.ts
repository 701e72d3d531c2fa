/**
 * Tallies for tests.
 *
 * @module
 */
import { message } from '../../../backend/contract/messages/catalogue.ts';
import type { Tally } from '../../../backend/progress/tally.ts';

const NONE: Tally = {
  total: 0,
  uploading: 0,
  queued: 0,
  processing: 0,
  paused: 0,
  completed: 0,
  noticed: 0,
  failed: 0,
  cancelled: 0,
  fraction: 0,
  current: null,
  message: message('starting'),
  firstFailure: null,
  etaSeconds: null,
  ofJob: null,
};

/** A tally of these files; its total is their sum. */
export function tallyOf(counts: Partial<Tally>): Tally {
  const tally = { ...NONE, ...counts };
  const { uploading, queued, processing, paused, completed, failed, cancelled } = tally;
  const total = uploading + queued + processing + paused + completed + failed + cancelled;
  return { ...tally, total };
}
