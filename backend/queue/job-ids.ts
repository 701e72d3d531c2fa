/**
 * Ids of jobs, in the order in which the jobs are to be done.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

let lastMs = 0;

/**
 * UUIDs (version 7), each greater than all before it in this process, also after its clock was set
 * back (RFC 9562, section 6.2): otherwise new jobs would go before those that wait.
 */
export function newJobIds(count: number, now: number = Date.now()): string[] {
  lastMs = Math.max(now, lastMs + 1);
  // Randomness for all of them at once: by one each it is slow.
  const random = randomBytes(16 * (count + 1));
  // Half of what fits is left to count on.
  const first = random.readUInt32BE(16 * count) >>> 1;
  return Array.from(
    { length: count },
    (_, at) => uuidv7({ msecs: lastMs, seq: first + at, random: random.subarray(16 * at) }),
  );
}
