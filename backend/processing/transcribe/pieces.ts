/**
 * The sound of a recording, segment by segment, for an external recogniser: the same segments as
 * for the embedded model.
 *
 * @module
 */
import type { ProcessInput } from '../processor.ts';
import type { PieceEvent } from '../protocol.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { DecodeOptions } from './decode.ts';
import { fractionAt, messageAt } from './how-far.ts';
import { lengthNotices } from './length-notice.ts';
import { openRecording, type Segment, segmentsOf, timesOf } from './listen.ts';
import type { Pcm } from './pcm.ts';
import { sharedVoices, type Voices } from './recognize.ts';
import { SAMPLE_RATE } from './segment.ts';
import { toInt16 } from './samples.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav.ts';

export interface PiecesOptions extends DecodeOptions {
  /** Opens the voice detectors of a folder. Default: loaded once per process. */
  readonly openVoices?: (modelDir: string) => Promise<Voices>;
  /** Maximum interval between events while decoding. Default: 1,000 ms. */
  readonly tickMs?: number;
}

/** Pieces in their order, from the checkpoint on; each is created on demand. */
export async function* piecesOf(
  input: ProcessInput,
  signal: AbortSignal,
  options: PiecesOptions = {},
): AsyncGenerator<PieceEvent> {
  const { openVoices = sharedVoices, tickMs = 1_000 } = options;
  signal.throwIfAborted();
  using pcm = yield* openRecording(input, signal, options, tickMs);
  const { position } = parseCheckpoint(input.checkpoint);
  const detector = (await openVoices(input.modelDir)).borrowDetector();
  try {
    for await (const segment of segmentsOf(pcm, position, detector, signal)) {
      yield pieceOf(segment, pcm);
    }
  } finally {
    detector.giveBack();
  }
}

function pieceOf({ speech, position, next }: Segment, pcm: Pcm): PieceEvent {
  return {
    type: 'piece',
    sound: speech &&
      {
        ...timesOf(speech),
        wav: wavOf(pcm.read(speech.start, speech.end - speech.start)).toBase64(),
      },
    position: next,
    reach: {
      from: fractionAt(position, pcm),
      to: fractionAt(next, pcm),
      message: messageAt(position, pcm),
    },
    message: messageAt(next, pcm),
    notices: next >= pcm.samples ? lengthNotices(pcm) : [],
  };
}

/** Minimum length: services refuse or skip less than a second, so silence is appended. */
const LEAST_SAMPLES = 1.1 * SAMPLE_RATE;

function wavOf(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const frames = Math.max(samples.length, LEAST_SAMPLES);
  const wav = new Uint8Array(WAV_HEADER_BYTES + frames * 2);
  wav.set(wavHeader(SAMPLE_RATE, frames));
  wav.set(new Uint8Array(toInt16(samples).buffer), WAV_HEADER_BYTES);
  return wav;
}
