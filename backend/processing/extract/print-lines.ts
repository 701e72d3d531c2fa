/**
 * Printed headers and footers of an Excel sheet (ECMA-376 part 1, 18.3.1.46).
 *
 * @module
 */
import { Buffer } from 'node:buffer';

const PARTS = /<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^>]*>([^<]*)</g;

/** Codes for fonts, sizes, colours and values inserted on printing, such as `&P`. */
const CODES = /&(?:"[^"]*"|K[\dA-F+-]{5,6}|\d{1,3}|[BIUESXYPNDTFAZGHO])/gi;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** @param latin1 the XML of the sheet, a character for each byte */
export function printLines(latin1: string): string[] {
  if (!latin1.includes('headerFooter')) return [];
  const lines = [...latin1.matchAll(PARTS)].flatMap(([, content = '']) => {
    const text = Buffer.from(content, 'latin1').toString('utf8')
      .replace(/&#\w+;/g, ' ')
      .replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => ENTITIES[name]!);
    const [before = '', ...sections] = text.replaceAll('&&', '\0').split(/&[LCR]/);
    return [before, ...sections].map((section) =>
      section.replace(CODES, '').replaceAll('\0', '&').replace(/\s+/g, ' ').trim()
    );
  });
  return [...new Set(lines)].filter((line) => /[\p{L}\p{N}]/u.test(line));
}
