/**
 * Computes the SHA-256 of a file natively, off the page's main thread.
 *
 * @module
 */

/** Maximum bytes of a hashed file: the browser hashes only what is in memory as a whole. */
export const MOST_HASHED_BYTES = 64 * 1024 * 1024;

/**
 * Returns hexadecimal digits. Null if the file is too large or cannot be read, or if the page was
 * not loaded over HTTPS.
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
