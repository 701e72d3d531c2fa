/**
 * Counted nouns that several areas need.
 *
 * @module
 */

export const filesEnglish = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`;
export const filesGerman = (count: number): string =>
  `${count} ${count === 1 ? 'Datei' : 'Dateien'}`;
