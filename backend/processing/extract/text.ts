/**
 * Bytes to text that PostgreSQL can store: encodings, and characters that must not remain.
 *
 * @module
 */
import { Buffer } from 'node:buffer';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

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

/** The encoding that a byte order mark declares, or null without one. */
export function byteOrderMark(head: Uint8Array): { encoding: Encoding; length: number } | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) {
    return { encoding: 'utf-8', length: 3 };
  }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

/** UTF-16 without a mark: in text of most languages every other byte is mostly zero. */
export function looksLikeUtf16(head: Uint8Array): Encoding | null {
  const pairs = Math.min(head.length, 2048) >> 1;
  const zeros = [0, 0];
  for (let i = 0; i < pairs * 2; i++) if (head[i] === 0) zeros[i & 1]!++;
  if (pairs < 2) return null;
  if (zeros[1]! > pairs * 0.6 && zeros[0]! < pairs * 0.1) return 'utf-16le';
  if (zeros[0]! > pairs * 0.6 && zeros[1]! < pairs * 0.1) return 'utf-16be';
  return null;
}

/** Decides between UTF-8 and Windows-1252, the two that text without a mark is mostly in. */
export class Utf8Check {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #valid = true;
  /** Bytes beyond one for each character. */
  #surplus = 0;

  /** False as soon as the bytes cannot be UTF-8. */
  push(bytes: Uint8Array): boolean {
    try {
      this.#surplus += bytes.length - this.#decoder.decode(bytes, { stream: true }).length;
    } catch {
      this.#valid = false;
    }
    return this.#valid;
  }

  /**
   * The verdict on a whole text. A character cut off at the end is forgiven where others were
   * whole: up to three bytes of surplus may be that character itself.
   */
  end(): Encoding {
    try {
      this.#decoder.decode();
    } catch {
      this.#valid &&= this.#surplus > 3;
    }
    return this.#valid ? 'utf-8' : 'windows-1252';
  }
}

/** Whether the beginning of a text is UTF-8, wherever it was cut. */
export function isUtf8(head: Uint8Array): boolean {
  return new Utf8Check().push(head);
}

/** The encoding of a whole text in memory. */
export function encodingOf(bytes: Uint8Array): Encoding {
  const marked = byteOrderMark(bytes)?.encoding ?? looksLikeUtf16(bytes);
  if (marked) return marked;
  const check = new Utf8Check();
  check.push(bytes);
  return check.end();
}

/** Decodes a whole text as clean text; `declared` as for {@link decodeExactly}. */
export function decodeText(bytes: Uint8Array, declared?: string | null): string {
  return cleanText(decodeExactly(bytes, declared));
}

/** Decodes a whole text; `declared` is the encoding that a document claims for itself. */
export function decodeExactly(bytes: Uint8Array, declared?: string | null): string {
  const found = encodingOf(bytes);
  const label = found === 'windows-1252' ? declared ?? found : found;
  return decoderFor(label).decode(bytes);
}

function decoderFor(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder('windows-1252');
  }
}

/** How many bytes `text`, decoded from `encoding`, took in its file. */
export function encodedLength(text: string, encoding: Encoding): number {
  if (encoding === 'utf-8') return Buffer.byteLength(text);
  return encoding === 'windows-1252' ? text.length : text.length * 2;
}
