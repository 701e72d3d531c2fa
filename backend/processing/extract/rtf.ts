/**
 * Rich Text Format (RTF 1.9.1): the text of the document without fonts, pictures and fields.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { rtfToText } from './rtf-text.ts';
import { cutSections } from './sections.ts';
import { sectionUnits, walk } from './walk.ts';

const WHAT = 'rtf';
const MAX_BYTES = 64 * 1024 * 1024;

export const rtfProcessor: Processor = {
  id: 'rtf',
  version: 3,
  step: 'extract',
  mediaTypes: ['application/rtf', 'text/rtf'],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const bytes = await readWhole(path, WHAT, MAX_BYTES);
    const text = rtfToText(Buffer.from(bytes).toString('latin1'));
    if (text === null) throw brokenFile(WHAT);
    yield* walk(sectionUnits(cutSections(text), () => emptyText(WHAT)), checkpoint, signal);
  },
};
