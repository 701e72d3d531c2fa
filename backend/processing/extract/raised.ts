/**
 * Raised and lowered characters as plain text, separate from the number before them: ten to the
 * sixth is `10^6`, carbon dioxide `CO2`, the binary logarithm of eight `log2 8`.
 *
 * @module
 */

/** Letters that are raised in ordinals and abbreviations: 1st, 2e, Mme. Exponents are not among them. */
const ORDINAL =
  /^(st|nd|rd|th|e|er|re|ère|ème|eme|nde|o|a|os|as|ª|º|de|te|me|mes|lle|lles|gr|r|s|tm|sm)\.?$/i;
/** One number or name, with its sign. */
const SIMPLE = /^[+\-−–±]?[\p{L}\p{N}.,*†‡§]+[+\-−–]?$|^[+\-−–*†‡§]+$/u;

/** `text` raised behind `before`. */
export function raised(before: string, text: string): string {
  const power = text.trim();
  if (!power || !/\S$/.test(before)) return text;
  // One letter behind another is an exponent.
  if (ORDINAL.test(power) && (power.length > 1 || /\p{N}$/u.test(before))) return text;
  return `^${grouped(power)}`;
}

/** `text` lowered behind `before`. */
export function lowered(before: string, text: string): string {
  const index = text.trim();
  if (!index || !/\S$/.test(before)) return text;
  return /\p{L}$|[\])]$/u.test(before) && /^[\p{N}]+$/u.test(index) ? index : `_${grouped(index)}`;
}

/** Adds parentheses around more than one number or name. */
export function grouped(text: string): string {
  return SIMPLE.test(text) ? text : `(${text})`;
}
