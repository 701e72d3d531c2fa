/**
 * Decodes bytes to text that PostgreSQL can store, without invalid characters.
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
 * and lone surrogates. None of them is text, and a database refuses some of them.
 */
export function cleanText(text: string): string {
  const lines = text.replace(/\r\n?|\f/g, '\n').replace(CONTROL_CHARACTERS, '');
  return lines.isWellFormed() ? lines : lines.replace(LONE_SURROGATES, '');
}

/** Unchanged text, except for NUL and lone surrogates, which a database refuses. */
export function storableText(text: string): string {
  const whole = text.replace(NUL, '');
  return whole.isWellFormed() ? whole : whole.replace(LONE_SURROGATES, '');
}

/** Decodes a whole text as clean text, in the declared or the most likely encoding. */
export function decodeText(bytes: Uint8Array): string {
  return cleanText(decodeExactly(bytes));
}

/** Decodes a whole text unchanged, without its byte order mark. */
export function decodeExactly(bytes: Uint8Array): string {
  const { encoding, start } = encodingOf(bytes);
  return decoderOf(encoding).decode(bytes.subarray(start));
}
