/**
 * How services that this backend depends on are doing, as operators see it.
 *
 * @module
 */
import * as v from 'valibot';
import { nullableDetails } from './messages/schema.ts';

/** One service. `down`: it failed several times in a row and is left alone until `retry_at`. */
export const RemoteStatus = v.object({
  /** Stable name: `analysis`, `transcription`. */
  service: v.string(),
  status: v.picklist(['up', 'down']),
  /** Epoch seconds of the last change. */
  since: v.number(),
  /** Epoch seconds at which it is tried again; null while it is up. */
  retry_at: v.nullable(v.number()),
  /** Why it is down, for operators. */
  error: v.nullable(v.string()),
  error_details: nullableDetails,
});
export type RemoteStatus = v.InferOutput<typeof RemoteStatus>;
