/**
 * Status of external services, for operators.
 *
 * @module
 */
import * as v from 'valibot';
import { nullableDetails } from './messages/schema.ts';

/** One service. `down`: it failed several times in a row and is not called until `retry_at`. */
export const RemoteStatus = v.object({
  /** Stable name: `analysis`, `transcription`. */
  service: v.string(),
  status: v.picklist(['up', 'down']),
  /** Epoch seconds of the last change. */
  since: v.number(),
  /** Epoch seconds of the next attempt; null while it is up. */
  retry_at: v.nullable(v.number()),
  /** Reason of the outage, for operators. */
  error: v.nullable(v.string()),
  error_details: nullableDetails,
});
export type RemoteStatus = v.InferOutput<typeof RemoteStatus>;
