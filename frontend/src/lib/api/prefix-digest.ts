/**
 * Digest by which a server verifies that a resumed upload is of the same file.
 *
 * @module
 */
import { prefixBlockBytes } from '#contract/uploads.ts';

/**
 * Digests of whole blocks, cached so that a connection that breaks often does not read them again.
 */
const known = new WeakMap<Blob, ArrayBuffer[]>();

/**
 * Value of `Upload-Prefix-Digest` for the first `length` bytes. Null where it cannot be computed: a
 * page that was not loaded over HTTPS, a file that can no longer be read.
 */
export async function prefixDigest(file: Blob, length: number): Promise<string | null> {
  const { subtle } = globalThis.crypto ?? {};
  if (subtle === undefined) return null;
  try {
    const blocks = await digestBlocks(subtle, file, length);
    const digest = await subtle.digest('SHA-256', await new Blob(blocks).arrayBuffer());
    return `sha256 ${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
  } catch {
    return null;
  }
}

/** Digests one block at a time: memory holds one block. */
async function digestBlocks(
  subtle: SubtleCrypto,
  file: Blob,
  length: number,
): Promise<ArrayBuffer[]> {
  const size = prefixBlockBytes(file.size);
  const whole = known.get(file) ?? [];
  known.set(file, whole);
  const digestOf = async (start: number, end: number) =>
    await subtle.digest('SHA-256', await file.slice(start, end).arrayBuffer());
  const count = Math.floor(length / size);
  for (let at = whole.length; at < count; at += 1) {
    whole[at] = await digestOf(at * size, (at + 1) * size);
  }
  const blocks = whole.slice(0, count);
  if (length % size > 0) blocks.push(await digestOf(count * size, length));
  return blocks;
}
