/**
 * Pictures of text: photographs, scans, faxes and screenshots.
 *
 * @module
 */
import { READING_LIMITS } from '../limits.ts';
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { type Pictures, picturesOf } from './ocr/pictures.ts';
import { discardRecogniser, sharedRecogniser } from './ocr/recogniser.ts';
import { recognisedNotices } from './ocr/results.ts';
import { tidyLines } from './tidy-lines.ts';
import { walk } from './walk.ts';

const WHAT = 'image';
const MAX_BYTES = 512 * 1024 * 1024;

export const imageProcessor: Processor = {
  id: 'image',
  version: 1,
  step: 'extract',
  mediaTypes: ['image/png', 'image/jpeg', 'image/tiff', 'image/webp', 'image/bmp', 'image/gif'],
  async *process({ path, mediaType, checkpoint, limits = READING_LIMITS }, signal) {
    signal.throwIfAborted();
    const pictures = decoded(await readWhole(path, WHAT, MAX_BYTES), mediaType);
    const read = async (at: number) => {
      const recogniser = await sharedRecogniser(limits.ocrLanguages);
      const { text, confidence } = guarded(() => recogniser.recognise(pictures.read(at)));
      const notices = recognisedNotices(at, text, confidence);
      return [{ kind: 'page', label: null, text: tidyLines(text), notices } as const];
    };
    const empty = () => emptyText(WHAT);
    yield* walk({ total: pictures.count, unit: 'page', read, empty }, checkpoint, signal);
  },
};

function decoded(bytes: Uint8Array<ArrayBuffer>, mediaType: string): Pictures {
  try {
    return picturesOf(bytes, mediaType);
  } catch (error) {
    throw brokenFile(WHAT, error);
  }
}

/** A picture that cannot be decoded is damaged, whatever error its decoder throws. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    discardRecogniser();
    throw brokenFile(WHAT, error);
  }
}
