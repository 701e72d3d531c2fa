/**
 * Bytes to text that PostgreSQL can store: without the characters that must not remain.
 *
 * @module
 */
import { decoderOf } from '../encoding/decoder.ts';
import { encodingOf } from '../encoding/find.ts';

// As `\p{Cc}` without tab and line end, which takes four times as long.
// deno-lint-ignore no-control-regex -- they are what it is about
const CONTROL_CHARACTERS = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;
const NUL = /\0/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Text with LF line ends and without NUL, other control characters (form feeds become line ends)
 * and lone surrogates, none of which is text and some of which a database refuses.
 */
export function cleanText(text: string): string {
  const lines = text.replace(/\r\n?|\f/g, '\n').replace(CONTROL_CHARACTERS, '');
  return lines.isWellFormed() ? lines : lines.replace(LONE_SURROGATES, '');
}

/** Text as it stands, without the two things that a database refuses: NUL and lone surrogates. */
export function storableText(text: string): string {
  const whole = text.replace(NUL, '');
  return whole.isWellFormed() ? whole : whole.replace(LONE_SURROGATES, '');
}

/** Decodes a whole text as clean text, in the encoding that it declares or that reads best. */
export function decodeText(bytes: Uint8Array): string {
  return cleanText(decodeExactly(bytes));
}

/** Decodes a whole text as it stands, without its byte order mark. */
export function decodeExactly(bytes: Uint8Array): string {
  const { encoding, start } = encodingOf(bytes);
  return decoderOf(encoding).decode(bytes.subarray(start));
}
