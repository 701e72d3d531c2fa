/**
 * SHA-256 of consecutive blocks of equal length; the last one may be shorter.
 *
 * @module
 */
import { createHash, type Hash } from 'node:crypto';

/** Hashes the first `length` bytes of a stream, hexadecimal. Null if the stream is shorter. */
export async function hashBlocks(
  stream: AsyncIterable<Uint8Array>,
  length: number,
  blockBytes: number,
): Promise<string[] | null> {
  const blocks: string[] = [];
  let hash: Hash = createHash('sha256');
  let [inBlock, left] = [0, length];
  for await (const chunk of stream) {
    let rest = chunk.subarray(0, left);
    left -= rest.length;
    while (rest.length > 0) {
      const piece = rest.subarray(0, blockBytes - inBlock);
      hash.update(piece);
      inBlock += piece.length;
      rest = rest.subarray(piece.length);
      if (inBlock < blockBytes) continue;
      blocks.push(hash.digest('hex'));
      [hash, inBlock] = [createHash('sha256'), 0];
    }
    if (left === 0) break;
  }
  if (inBlock > 0) blocks.push(hash.digest('hex'));
  return left === 0 ? blocks : null;
}
