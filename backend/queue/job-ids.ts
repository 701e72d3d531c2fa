/**
 * Ids of jobs, in execution order.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

let lastMs = 0;

/**
 * UUIDs (version 7), each greater than all before it in this process, even after its clock was set
 * back (RFC 9562, section 6.2). Otherwise new jobs would overtake waiting ones.
 */
export function newJobIds(count: number, now: number = Date.now()): string[] {
  lastMs = Math.max(now, lastMs + 1);
  // Random bytes for all of them at once: one call per id is slow.
  const random = randomBytes(16 * (count + 1));
  // Half of the range is left for counting up.
  const first = random.readUInt32BE(16 * count) >>> 1;
  return Array.from(
    { length: count },
    (_, at) => uuidv7({ msecs: lastMs, seq: first + at, random: random.subarray(16 * at) }),
  );
}
