/**
 * Characters as PDFium gives them: UTF-16 units, ligatures, and codes that are no characters.
 *
 * @module
 */

export const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Joins the surrogates of a character beyond U+FFFF, which PDFium gives separately. */
export function wholeCharacter(high: number, low: number): number {
  if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/** True if the font does not map the glyph to a character. */
export function isUnmapped(code: number): boolean {
  return code === 0xfffd || code === 0 || (code >= 0xe000 && code <= 0xf8ff) ||
    (code > 2 && code < 32);
}

const SOFT_HYPHEN = 2;
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** Text of a code point; empty for one that is no character. */
export function textOf(code: number): string {
  if (code > 32 && code < 127) return ASCII[code]!;
  if (code === SOFT_HYPHEN) return '-';
  if (code < 32 || code === 0xfffe || code === 0xffff || code > 0x10ffff) return '';
  if (code >= 0xd800 && code <= 0xdfff) return '';
  if (code < 0xfb00) return String.fromCharCode(code);
  const text = String.fromCodePoint(code);
  // Ligatures, and the forms of Arabic letters that depend on their neighbours.
  const isForm = (code >= 0xfb00 && code <= 0xfdff) || (code >= 0xfe70 && code <= 0xfefc);
  return isForm ? text.normalize('NFKC').trim() : text;
}
