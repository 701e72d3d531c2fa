/**
 * The SHA-256 of a file, by the browser itself and away from the page's own thread.
 *
 * @module
 */

/** The browser hashes only what it holds in memory at once. */
export const MOST_HASHED_BYTES = 64 * 1024 * 1024;

/**
 * Hexadecimal digits; null where it cannot be had: a file that is too large or cannot be read, a page
 * that was not loaded over HTTPS.
 */
export async function hashFile(file: Blob): Promise<string | null> {
  const { subtle } = globalThis.crypto ?? {};
  if (subtle === undefined || file.size > MOST_HASHED_BYTES) return null;
  try {
    const digest = await subtle.digest('SHA-256', await file.arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(
      '',
    );
  } catch {
    return null;
  }
}
