/**
 * Text of a page: its text layer, its form values and its remarks.
 *
 * @module
 */
import { tidyLines } from '../tidy-lines.ts';
import { readAnnotations } from './annotations.ts';
import { readingOrder } from './columns.ts';
import type { PdfPage } from './document.ts';
import { textOfLines } from './lines.ts';
import type { PageRuns } from './runs.ts';
import { readRuns } from './text-layer.ts';

export interface PageText {
  readonly text: string;
  /** Characters of the text layer. */
  readonly characters: number;
  /** Number of characters without a meaning in their fonts. */
  readonly unmapped: number;
}

export function readPageText(page: PdfPage): PageText {
  const runs = readRuns(page);
  const remarks = readAnnotations(page, runs);
  const text = [layerText(runs), ...remarks].filter((part) => part !== '').join('\n\n');
  return { text: tidyLines(text), characters: runs.characters, unmapped: runs.unmapped };
}

/** Text of the layer, the direction with most text first. */
function layerText({ frames }: PageRuns): string {
  return frames.toSorted((a, b) => b.characters - a.characters)
    .map(({ runs }) => textOfLines(readingOrder(runs)))
    .filter((text) => text !== '')
    .join('\n\n');
}
