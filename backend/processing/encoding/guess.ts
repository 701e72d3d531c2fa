/**
 * The encoding of bytes that say nothing of it, by what reads best: each candidate decodes them, and
 * the one whose text needs the fewest bits in one of its languages is right.
 *
 * `chardet` was tried: it needs about 30 letters before it names a single-byte encoding, and no
 * table of cells has them together.
 *
 * @module
 */
import { decoderOf } from './decoder.ts';
import type { EastAsian } from './east-asian.ts';
import { SINGLE_BYTE } from './languages.ts';
import { alphabetBits, bitsInAnyLanguage, eastAsianBits } from './likelihood.ts';

export interface Guess {
  readonly encoding: string;
  /** Bits for each byte above 127; noise needs {@link DOUBTFUL_BITS} and more. */
  readonly bits: number;
}

export const DOUBTFUL_BITS = 8.2;

const EAST_ASIAN: readonly { encoding: string; language: EastAsian; prior: number }[] = [
  { encoding: 'shift_jis', language: 'japanese', prior: 1 },
  { encoding: 'euc-jp', language: 'japanese', prior: 2 },
  { encoding: 'gb18030', language: 'simplified', prior: 2 },
  { encoding: 'big5', language: 'traditional', prior: 3 },
  { encoding: 'euc-kr', language: 'korean', prior: 2 },
];

/** Declared encodings that programs write down without looking: believed less than others. */
const CARELESS = new Set(['windows-1252', 'iso-8859-15', 'macintosh']);
const DECLARED_BITS = 30;
/** A declared encoding may leave this share of the characters beyond ASCII unreadable, or one. */
const UNREADABLE_SHARE = 0.05;

/**
 * The encoding of a sample: pieces of a file around its bytes above 127. `declared` is what the file
 * says of itself.
 */
export function guessEncoding(sample: Uint8Array, declared: string | null = null): Guess {
  const high = sample.reduce((count, byte) => count + (byte >> 7), 0) || 1;
  let best = { encoding: 'windows-1252', bits: Infinity };
  const consider = (encoding: string, bits: number) => {
    if (bits < best.bits) best = { encoding, bits };
  };
  consider('utf-8', bitsInAnyLanguage(decoderOf('utf-8').decode(sample)));
  if (declared && declared !== 'utf-8') {
    const text = decoderOf(declared).decode(sample);
    if (isReadable(text)) {
      consider(declared, bitsInAnyLanguage(text) - DECLARED_BITS);
      if (!CARELESS.has(declared)) return { ...best, bits: best.bits / high };
    }
  }
  for (const { encoding, language, prior } of EAST_ASIAN) {
    const text = decoderOf(encoding).decode(sample);
    consider(encoding, prior + eastAsianBits(text, language, best.bits - prior));
  }
  for (const { encoding, languages, prior } of SINGLE_BYTE) {
    const text = decoderOf(encoding).decode(sample);
    for (const language of languages) {
      consider(encoding, prior + alphabetBits(text, language, best.bits - prior));
    }
  }
  return { ...best, bits: best.bits / high };
}

function isReadable(text: string): boolean {
  const bad = text.match(/[\ufffd\u0080-\u009f]/g)?.length ?? 0;
  return bad <= Math.max(1, (text.match(/[^\0-\x7f]/g)?.length ?? 0) * UNREADABLE_SHARE);
}
