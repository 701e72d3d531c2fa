/**
 * UTF-16 and UTF-32 without a byte order mark.
 *
 * @module
 */
import { decoderOf } from './decoder.ts';
import { bitsInAnyLanguage } from './likelihood.ts';
import { readingOf } from './reading.ts';

/** Maximum bits for each character; the wrong byte order gives rare characters. */
const MOST_BITS = 11;
/** Size of the sample. */
const HEAD_BYTES = 4096;
// Control characters other than tab, line ends and ESC.
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f]/g;

/** The encoding, or null for text in bytes. */
export function wideEncoding(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, Math.min(bytes.length, HEAD_BYTES) & ~3);
  const pairs = bytes.subarray(0, Math.min(bytes.length, HEAD_BYTES) & ~1);
  return utf32(head) ?? utf16ByZeros(pairs) ?? utf16ByText(pairs);
}

/** Code points end at 0x10ffff: the highest byte is zero, and the one below nearly always. */
function utf32(head: Uint8Array): string | null {
  if (head.length < 8) return null;
  let [little, big] = [true, true];
  for (let at = 0; at < head.length; at += 4) {
    little &&= head[at + 3] === 0 && head[at + 2]! <= 0x10;
    big &&= head[at] === 0 && head[at + 1]! <= 0x10;
  }
  const encoding = little === big ? null : little ? 'utf-32le' : 'utf-32be';
  return encoding && isText(decoderOf(encoding).decode(head)) ? encoding : null;
}

/** In text of Latin letters every other byte is mostly zero. */
function utf16ByZeros(head: Uint8Array): string | null {
  const pairs = head.length / 2;
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at & 1]!++;
  if (pairs < 2) return null;
  if (zeros[1]! > pairs * 0.6 && zeros[0]! < pairs * 0.1) return 'utf-16le';
  if (zeros[0]! > pairs * 0.6 && zeros[1]! < pairs * 0.1) return 'utf-16be';
  return null;
}

/** In other scripts read byte by byte, the high bytes and spaces are control characters. */
function utf16ByText(head: Uint8Array): string | null {
  const controls = new TextDecoder('latin1').decode(head).match(CONTROL)?.length ?? 0;
  if (head.length < 8 || controls < Math.max(2, head.length * 0.02)) return null;
  const [best] = ['utf-16le', 'utf-16be']
    .map((encoding) => ({ encoding, text: decoderOf(encoding).decode(head) }))
    .filter(({ text }) => isText(text))
    .map(({ encoding, text }) => ({
      encoding,
      bits: bitsInAnyLanguage(readingOf(text)) / text.length,
    }))
    .sort((a, b) => a.bits - b.bits);
  return best && best.bits < MOST_BITS ? best.encoding : null;
}

function isText(text: string): boolean {
  const bad = text.match(/[\ufffd\p{Cn}\p{Co}]/gu)?.length ?? 0;
  const controls = text.match(CONTROL)?.length ?? 0;
  return bad + controls <= Math.max(text.length * 0.01, text.length > 8 ? 1 : 0);
}
