/**
 * Word and PowerPoint documents of 1997–2003, extracted by Kreuzberg in WebAssembly. It is loaded
 * with the first of them, in the extraction process only: it takes seconds and 290 MB.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText, encryptedFile } from './failures.ts';
import { readWhole } from './files.ts';
import { cutSections } from './sections.ts';
import { cleanText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const WHAT = 'legacy_office';
const MAX_BYTES = 128 * 1024 * 1024;

export const legacyOfficeProcessor: Processor = {
  id: 'legacy-office',
  version: 1,
  step: 'extract',
  mediaTypes: ['application/msword', 'application/vnd.ms-powerpoint'],
  async *process({ path, mediaType, checkpoint }, signal) {
    signal.throwIfAborted();
    const bytes = await readWhole(path, WHAT, MAX_BYTES);
    const text = await textOf(bytes, mediaType);
    signal.throwIfAborted();
    yield* walk(sectionUnits(cutSections(text), () => emptyText(WHAT)), checkpoint, signal);
  },
};

async function textOf(bytes: Uint8Array, mediaType: string): Promise<string> {
  const { extractBytes, initWasm } = await import('@kreuzberg/wasm');
  await initWasm();
  try {
    const { content } = await extractBytes(bytes, mediaType);
    // Placeholder for the date, footer and number of a slide's master.
    return cleanText(content).replace(/^\*\n/gm, '');
  } catch (error) {
    if (/password|encrypt/i.test(String(error))) throw encryptedFile(WHAT);
    throw brokenFile(WHAT, error);
  }
}
