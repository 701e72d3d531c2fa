/**
 * JSON as indented text. A file that is too large for that, or is invalid JSON, is extracted as
 * plain text, so that it can be searched.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { indentJson } from './json-indent.ts';
import { streamSections } from './plain-text.ts';
import { cutSections } from './sections.ts';
import { decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const MAX_BYTES = 32 * 1024 * 1024;

export const jsonProcessor: Processor = {
  id: 'json',
  version: 3,
  step: 'extract',
  mediaTypes: ['application/json'],
  async *process(input, signal) {
    const text = await sizeOf(input.path) <= MAX_BYTES ? await indented(input.path) : null;
    if (text === null) return yield* streamSections(input, signal);
    const units = sectionUnits(cutSections(text), () => emptyText('json'));
    yield* walk(units, input.checkpoint, signal);
  },
};

/** Null if it is not JSON, or is nested too deeply to be indented. */
async function indented(path: string): Promise<string | null> {
  const text = decodeText(await Deno.readFile(path));
  try {
    JSON.parse(text);
    return indentJson(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
