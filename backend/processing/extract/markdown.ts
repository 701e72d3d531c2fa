/**
 * Markdown, unchanged; each heading begins a section and labels it.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { headedSections } from './sections.ts';
import { decodeExactly, storableText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const MAX_BYTES = 64 * 1024 * 1024;

export const markdownProcessor: Processor = {
  id: 'markdown',
  version: 2,
  step: 'extract',
  mediaTypes: ['text/markdown'],
  async *process({ path, checkpoint }, signal) {
    const text = storableText(decodeExactly(await readWhole(path, 'markdown', MAX_BYTES)));
    const units = sectionUnits(headedSections(text), () => emptyText('markdown'));
    yield* walk(units, checkpoint, signal);
  },
};
