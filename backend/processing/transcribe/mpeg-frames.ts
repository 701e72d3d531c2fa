/**
 * Frames of MPEG audio (MP3): their position behind tags and padding, and their declared length.
 *
 * @module
 */
import { ascii, readAt } from '../bytes.ts';

/** Number of consecutive frames required: other bytes may look like one frame, never like these. */
const FRAMES = 4;
/** Number of bytes searched behind tags and zeros. */
const SEARCHED_BYTES = 1 << 18;
/** Maximum number of skipped zeros. */
const MOST_PADDING = 1 << 24;
const ID3_BYTES = 10;

export interface MpegAudio {
  /** Byte at which the first frame begins. */
  readonly start: number;
  /** True if the first frame declares the number of frames. */
  readonly declaresLength: boolean;
}

/** Layer III behind ID3 tags, zeros and other padding; null if there is none. */
export async function findMpegAudio(path: string): Promise<MpegAudio | null> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const from = behindPadding(file, Math.min(size, behindTags(file)));
  const bytes = readAt(file, from, SEARCHED_BYTES);
  for (let at = 0; at + 4 <= bytes.length; at++) {
    if (bytes[at] !== 0xff || !follows(bytes, at)) continue;
    const first = bytes.subarray(at, at + (frameBytes(bytes, at) ?? 0));
    return { start: from + at, declaresLength: declaresLength(first) };
  }
  return null;
}

function behindTags(file: Deno.FsFile): number {
  let at = 0;
  for (let header = readAt(file, at, ID3_BYTES); ascii(header, 0).startsWith('ID3');) {
    const [a = 0, b = 0, c = 0, d = 0] = header.subarray(6);
    at += ID3_BYTES + ((a & 127) << 21 | (b & 127) << 14 | (c & 127) << 7 | (d & 127));
    header = readAt(file, at, ID3_BYTES);
  }
  return at;
}

function behindPadding(file: Deno.FsFile, start: number): number {
  for (let at = start; at < start + MOST_PADDING; at += SEARCHED_BYTES) {
    const bytes = readAt(file, at, SEARCHED_BYTES);
    const begin = bytes.findIndex((byte) => byte !== 0);
    if (begin >= 0) return at + begin;
    if (bytes.length < SEARCHED_BYTES) break;
  }
  return start;
}

function follows(bytes: Uint8Array, start: number): boolean {
  let at = start;
  for (let frame = 0; frame < FRAMES; frame++) {
    const length = frameBytes(bytes, at);
    if (length === null) return false;
    // Same version, layer and rate.
    if (
      ((bytes[at + 1]! ^ bytes[start + 1]!) & 0xfe) || ((bytes[at + 2]! ^ bytes[start + 2]!) & 0x0c)
    ) {
      return false;
    }
    at += length;
  }
  return true;
}

/** kbit/s of Layer III by index: MPEG-1, and MPEG-2 and 2.5. */
const BITRATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const RATES = [44_100, 48_000, 32_000];

/** ISO 11172-3, 2.4.1.3. */
function frameBytes(bytes: Uint8Array, at: number): number | null {
  const [sync = 0, second = 0, third = 0] = bytes.subarray(at, at + 4);
  const version = (second >> 3) & 3;
  const isLayer3 = ((second >> 1) & 3) === 1;
  if (sync !== 0xff || (second & 0xe0) !== 0xe0 || version === 1 || !isLayer3) return null;
  const isFirst = version === 3;
  const kbit = BITRATES[isFirst ? 0 : 1][third >> 4];
  const rate = RATES[(third >> 2) & 3];
  if (!kbit || !rate) return null;
  const divided = rate / (isFirst ? 1 : version === 2 ? 2 : 4);
  return Math.floor((isFirst ? 144 : 72) * kbit * 1000 / divided) + ((third >> 1) & 1);
}

function declaresLength(frame: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(frame.subarray(0, 64));
  return /Xing|Info|VBRI/.test(text);
}
