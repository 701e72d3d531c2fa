/**
 * Recognises the segments of a recording by a service: some concurrently, their words and
 * checkpoints in order, as with local recognition.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { ProcessEvent } from '../processing/processor.ts';
import type { Piece, PieceEvent } from '../processing/protocol.ts';
import { parseCheckpoint } from '../processing/transcribe/checkpoint.ts';
import { soFar } from '../processing/transcribe/how-far.ts';
import { noSpeech } from '../processing/transcribe/speech.ts';
import type { ProcessInput } from '../processing/processor.ts';
import { hear } from './hear.ts';
import { inOrder } from './in-order.ts';
import { type Phrase, placed } from './phrases.ts';
import type { Transcription } from './transcription.ts';

export interface TranscribeOptions {
  readonly transcription: Transcription;
  readonly input: ProcessInput;
  /** Segments the recording, from its checkpoint on. */
  readonly pieces: (input: ProcessInput, signal: AbortSignal) => AsyncGenerator<PieceEvent>;
  /** Maximum interval between events, milliseconds. @default 1_000 */
  readonly tickMs?: number;
}

/**
 * Throws {@link ProcessingError}, {@link Held} if the service stays away, or the signal's reason.
 */
export async function* transcribeRemotely(
  { transcription, input, pieces, tickMs = 1_000 }: TranscribeOptions,
  signal: AbortSignal,
): AsyncGenerator<ProcessEvent> {
  const { language = null } = input;
  let { index } = parseCheckpoint(input.checkpoint);
  let outage: MessageDetails | null = null;
  const recognize = async (event: PieceEvent, either: AbortSignal): Promise<Phrase[]> => {
    if (event.type !== 'piece' || !event.sound) return [];
    const onOutage = (reason: MessageDetails | null) => void (outage = reason);
    return await hear(transcription, event.sound, { language, signal: either, onOutage });
  };
  const cut = (either: AbortSignal) => pieces(input, either);
  const steps = inOrder(cut, recognize, { atOnce: transcription.parallel, tickMs, signal });
  for await (const step of steps) {
    const { item } = step;
    if (item.type !== 'piece') {
      if (step.type === 'done') yield item;
    } else if (step.type === 'waiting') {
      const message = outage ?? item.reach.message;
      yield { type: 'progress', fraction: soFar(item.reach, step.ticks), message };
    } else {
      const event = partsOf(item, step.result, index);
      index = event.checkpoint.index;
      yield event;
    }
  }
  if (index === 0) throw noSpeech(input.name);
}

function partsOf(
  { sound, position, reach, message, notices = [] }: Piece,
  phrases: Phrase[],
  from: number,
) {
  const parts = (sound ? placed(phrases, sound) : []).map((phrase, at) => ({
    index: from + at,
    kind: 'segment' as const,
    label: null,
    ...phrase,
  }));
  const checkpoint = { position, index: from + parts.length };
  return { type: 'parts' as const, parts, checkpoint, fraction: reach.to, message, notices };
}
