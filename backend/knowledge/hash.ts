/**
 * Hashes as the existing app stores them.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/** SHA-256 in lower-case hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
