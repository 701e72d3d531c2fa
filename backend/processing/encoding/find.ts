/**
 * Detects the encoding of a text from its bytes as they arrive: a byte order mark, UTF-16 and
 * UTF-32 by their zeros, ISO-2022-JP by its escapes, UTF-8 if all of it is valid, otherwise a
 * guess.
 *
 * @module
 */
import { declaredEncoding } from './declared.ts';
import { DOUBTFUL_BITS, guessEncoding } from './guess.ts';
import { wideEncoding } from './wide.ts';

export interface FoundEncoding {
  readonly encoding: string;
  /** Bytes of its mark. */
  readonly start: number;
  /** No encoding fits well: these bytes may be no text. */
  readonly doubtful: boolean;
}

/** Size of the sample for a guess. More do not change it. */
const SAMPLE_BYTES = 16 * 1024;
/** Maximum bytes of a word before its first byte above 127. */
const WORD_BYTES = 64;
/** Bytes below are never the second of a character, and end a word. */
const FIRST_TRAIL_BYTE = 0x30;
const ESCAPE = 0x1b;
// deno-lint-ignore no-control-regex
const ISO_2022_JP = /\x1b(\$[@B]|\([IJ])/;

/** A byte order mark, or null. UTF-32 comes before UTF-16, whose mark begins its own. */
const MARKS: readonly { encoding: string; bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-32le', bytes: [0xff, 0xfe, 0, 0] },
  { encoding: 'utf-32be', bytes: [0, 0, 0xfe, 0xff] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
  { encoding: 'gb18030', bytes: [0x84, 0x31, 0x95, 0x33] },
];

export class EncodingFinder {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  readonly #head: Uint8Array;
  #found: FoundEncoding | null;
  #isUtf8 = true;
  #escaped = false;
  readonly #sample = new Uint8Array(SAMPLE_BYTES);
  #sampled = 0;

  /** @param head the beginning of the text, which is pushed too */
  constructor(head: Uint8Array) {
    const mark = MARKS.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte));
    const encoding = mark?.encoding ?? wideEncoding(head);
    this.#found = encoding ? { encoding, start: mark?.bytes.length ?? 0, doubtful: false } : null;
    this.#head = head;
  }

  /** True if more bytes change nothing. */
  get isSettled(): boolean {
    return this.#found !== null || (!this.#isUtf8 && this.#sampled >= SAMPLE_BYTES);
  }

  push(bytes: Uint8Array): void {
    if (this.isSettled) return;
    if (this.#isUtf8) {
      try {
        // All bytes are ASCII if they decode to as many characters.
        const text = this.#utf8.decode(bytes, { stream: true });
        if (text.length === bytes.length && !bytes.includes(ESCAPE)) return;
      } catch {
        this.#isUtf8 = false;
      }
    }
    if (!this.#escaped && bytes.includes(ESCAPE)) {
      this.#escaped = ISO_2022_JP.test(new TextDecoder('latin1').decode(bytes));
    }
    this.#take(bytes);
  }

  /** @param isWhole false for the beginning of a longer text, cut anywhere */
  end(isWhole = true): FoundEncoding {
    if (this.#found) return this.#found;
    if (this.#isUtf8 && isWhole) {
      try {
        this.#utf8.decode();
      } catch {
        this.#isUtf8 = false;
      }
    }
    return this.#found = { start: 0, ...this.#conclude() };
  }

  #conclude(): { encoding: string; doubtful: boolean } {
    if (this.#sampled === 0 && this.#escaped) return { encoding: 'iso-2022-jp', doubtful: false };
    if (this.#isUtf8) return { encoding: 'utf-8', doubtful: false };
    const sample = this.#sample.subarray(0, this.#sampled);
    const { encoding, bits } = guessEncoding(sample, declaredEncoding(this.#head));
    return { encoding, doubtful: bits > DOUBTFUL_BITS };
  }

  /** Collects the words with bytes above 127, whole, with the byte behind them. */
  #take(bytes: Uint8Array): void {
    const isHigh = (byte: number) => byte > 0x7f;
    for (let at = bytes.findIndex(isHigh); at >= 0 && at < bytes.length; at++) {
      if (!isHigh(bytes[at]!)) continue;
      let from = at;
      while (from > 0 && at - from < WORD_BYTES && bytes[from - 1]! >= FIRST_TRAIL_BYTE) from--;
      while (at < bytes.length && bytes[at]! >= FIRST_TRAIL_BYTE) at++;
      const word = bytes.subarray(from, at + 1).subarray(0, SAMPLE_BYTES - this.#sampled);
      this.#sample.set(word, this.#sampled);
      this.#sampled += word.length;
      if (this.#sampled >= SAMPLE_BYTES) return;
    }
  }
}

/** The encoding of a text in memory. */
export function encodingOf(bytes: Uint8Array, isWhole = true): FoundEncoding {
  const finder = new EncodingFinder(bytes);
  finder.push(bytes);
  return finder.end(isWhole);
}
