/**
 * Mail in old encodings, as programs wrote it before MIME and some still do: raw bytes in the
 * header, or no declared encoding of the body. A parser takes both for UTF-8.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { DECLARATION_BYTES } from '../encoding/declared.ts';
import { decoderOf, knownEncoding } from '../encoding/decoder.ts';
import { encodingOf } from '../encoding/find.ts';

const CHARSET = /charset\s*=\s*["']?([\w.:-]+)/i;

/** The message in UTF-8: its header, and a body without a declared encoding. */
export function inUtf8(bytes: Uint8Array): Uint8Array {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = CHARSET.exec(source.toString('latin1', 0, DECLARATION_BYTES))?.[1];
  if (declared === undefined) return transcoded(source, encodingOf(source).encoding);
  const end = endOfHeader(source);
  const header = source.subarray(0, end);
  const { encoding } = encodingOf(header);
  if (encoding === 'utf-8') return bytes;
  const known = knownEncoding(declared);
  const own = known === null || known === 'utf-8' ? encoding : known;
  return Buffer.concat([transcoded(header, own), source.subarray(end)]);
}

function transcoded(bytes: Buffer, encoding: string): Uint8Array {
  return encoding === 'utf-8' ? bytes : Buffer.from(decoderOf(encoding).decode(bytes));
}

function endOfHeader(bytes: Buffer): number {
  const ends = ['\r\n\r\n', '\n\n'].map((end) => bytes.indexOf(end)).filter((at) => at >= 0);
  return Math.min(bytes.length, ...ends);
}
