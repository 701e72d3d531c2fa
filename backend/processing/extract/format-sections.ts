/**
 * Sections of a number format: for positive and negative numbers, zero and text.
 *
 * @module
 */

/** Splits at semicolons that are neither quoted nor escaped. */
export function sectionsOf(format: string): string[] {
  const sections = [''];
  for (const [token] of format.matchAll(/"[^"]*"?|\\[^]|[_*][^]|\[[^\]]*\]?|;|[^]/gu)) {
    if (token === ';') sections.push('');
    else sections[sections.length - 1] += token;
  }
  return sections;
}
