/**
 * Decodes any recording with this machine's ffmpeg, if it is installed.
 *
 * @module
 */
import { PcmConverter } from './decode-raw.ts';
import { byPreference, type TrackTraits } from './decoding.ts';
import { DEMUXERS } from './formats.ts';
import type { PcmChunk } from './pcm.ts';
import { frameBytesOf, toChannels } from './samples.ts';
import { SAMPLE_RATE } from './segment.ts';

/** Programs by name or path. */
export interface Ffmpeg {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** The file has another format than it declares, or is damaged; the message is ffmpeg's. */
export class FfmpegError extends Error {
  override readonly name = 'FfmpegError';
}

/** ffmpeg and ffprobe of the PATH, or null unless both exist and run. */
export async function findFfmpeg(): Promise<Ffmpeg | null> {
  const found = await Promise.all(['ffmpeg', 'ffprobe'].map(runs));
  return found.every(Boolean) ? { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' } : null;
}

/**
 * Errors for a program that is not installed, or not executable by this user or in this sandbox.
 */
const ABSENT = [Deno.errors.NotFound, Deno.errors.PermissionDenied, Deno.errors.NotCapable];

async function runs(program: string): Promise<boolean> {
  try {
    const command = new Deno.Command(program, { args: ['-version'], stdin: 'null' });
    return (await command.output()).success;
  } catch (error) {
    if (ABSENT.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}

/** The sound is of a codec that this ffmpeg was built without; the message is its name. */
export class MissingDecoderError extends Error {
  override readonly name = 'MissingDecoderError';
}

/** A sound track in the output of ffprobe. */
export interface ProbedTrack extends TrackTraits {
  /** Number of the stream in the file. */
  readonly stream: number;
  readonly channels: number;
  /** End of the track, seconds; null if the file does not declare it. */
  readonly end: number | null;
}

export interface Probe {
  /** By preference. */
  readonly tracks: readonly ProbedTrack[];
  readonly hasPictures: boolean;
  /** True if its clock begins at 0 s, so that a late first sound is late for a listener too. */
  readonly beginsAtZero: boolean;
  /** Seconds, null if the file does not declare it. */
  readonly duration: number | null;
  /** True if the duration is stored in the file instead of estimated. */
  readonly declaresLength: boolean;
}

interface ProbedStream {
  readonly index?: number;
  readonly codec_type?: string;
  readonly channels?: number;
  readonly start_time?: string;
  readonly duration?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
}

const ENTRIES = 'format=duration,format_name:' +
  'stream=index,codec_type,channels,start_time,duration:stream_disposition:stream_tags=DURATION';
/** Formats that declare their length. */
const DECLARING = /\b(mov|matroska|webm|wav|w64|aiff|au|flac|avi|asf|caf|ape|wv|mp3)\b/;

/** Probes a file with ffprobe. Throws {@link FfmpegError} if it cannot parse the file. */
export async function probe(tools: Ffmpeg, path: string, signal: AbortSignal): Promise<Probe> {
  const entries = ['-show_entries', ENTRIES, '-of', 'json'];
  const command = new Deno.Command(tools.ffprobe, {
    args: ['-v', 'error', ...entries, ...inputOf(path)],
    stdin: 'null',
    signal,
  });
  const { success, stdout, stderr } = await command.output();
  signal.throwIfAborted();
  if (!success) throw new FfmpegError(lastLine(decoder.decode(stderr)));
  const found: {
    streams?: ProbedStream[];
    format?: { duration?: string; format_name?: string };
  } = JSON.parse(decoder.decode(stdout));
  const duration = Number(found.format?.duration);
  const { streams = [] } = found;
  const format = found.format?.format_name ?? '';
  const beginsAtZero = /\b(mov|matroska)\b/.test(format);
  const sound = streams.filter(({ codec_type }) => codec_type === 'audio');
  return {
    tracks: byPreference(sound.map((stream) => trackOf(stream, beginsAtZero))),
    hasPictures: streams.some(({ codec_type }) => codec_type === 'video'),
    beginsAtZero,
    duration: duration > 0 ? duration : null,
    declaresLength: DECLARING.test(format),
  };
}

function trackOf(
  { index = 0, channels = 1, start_time, duration, disposition = {}, tags = {} }: ProbedStream,
  beginsAtZero: boolean,
): ProbedTrack {
  const start = beginsAtZero ? Math.max(0, Number(start_time) || 0) : 0;
  const [h = NaN, m = NaN, s = NaN] = (tags.DURATION ?? '').split(':').map(Number);
  // In Matroska the tag is the end of the track.
  const end = duration === undefined ? h * 3_600 + m * 60 + s : start + Number(duration);
  const isSpecial = ['comment', 'hearing_impaired', 'visual_impaired'];
  return {
    stream: index,
    channels: Math.max(1, channels),
    end: end > 0 ? end : null,
    isDefault: disposition.default === 1,
    isSpecial: isSpecial.some((trait) => disposition[trait] === 1),
  };
}

/**
 * Decodes a sound track, with silence for gaps in the container. Samples come through a pipe, so
 * that ffmpeg ends with this process and progress is that of decoded samples.
 */
export async function* decodeWithFfmpeg(
  tools: Ffmpeg,
  path: string,
  { duration, beginsAtZero }: Probe,
  { stream, channels, isExpected }: ProbedTrack & { readonly isExpected: boolean },
  signal: AbortSignal,
): AsyncGenerator<PcmChunk> {
  const form = [
    '-map',
    `0:${stream}`,
    '-af',
    'aresample=async=1:first_pts=0',
    '-ac',
    `${channels}`,
    '-ar',
    `${SAMPLE_RATE}`,
    '-f',
    'f32le',
    '-flush_packets',
    '0',
    'pipe:1',
  ];
  const child = new Deno.Command(tools.ffmpeg, {
    args: [
      ...['-nostdin', '-v', 'error', ...(beginsAtZero ? ['-copyts'] : [])],
      ...inputOf(path),
      ...form,
    ],
    stdin: 'null',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn();
  const kill = () => killQuietly(child);
  signal.addEventListener('abort', kill, { once: true });
  const complaint = new Response(child.stderr).text();
  try {
    const expected = (duration ?? Infinity) * SAMPLE_RATE;
    let samples = 0;
    const format = {
      encoding: 'float',
      channels,
      sampleRate: SAMPLE_RATE,
      sampleBytes: 4,
    } as const;
    const convert = new PcmConverter({ ...format, surround: channels >= 6 });
    for await (const bytes of wholeFrames(child.stdout, frameBytesOf(format))) {
      samples += bytes.length / frameBytesOf(format);
      const mixed = convert.push(toChannels(bytes, format));
      yield { samples: mixed, fraction: Math.min(1, samples / expected) };
    }
    yield { samples: convert.finish(), fraction: 1 };
    const status = await child.status;
    signal.throwIfAborted();
    if (status.signal) throw new Error(`ffmpeg was ended by a signal: ${status.signal}`);
    // A truncated file ends within a packet; its length shows that.
    const isCut = isExpected && samples > 0;
    if (!status.success && !isCut) throw failureOf(await complaint);
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
    await Promise.allSettled([child.status, complaint]);
  }
}

function failureOf(complaint: string): Error {
  const codec = /no decoder found for: (\S+)|Decoder \(codec (\S+)\) not found/.exec(complaint);
  return codec
    ? new MissingDecoderError(codec[1] ?? codec[2])
    : new FfmpegError(lastLine(complaint));
}

/** Input options that read this one file as a recording, and none that it may refer to. */
function inputOf(path: string): string[] {
  const allowed = ['-protocol_whitelist', 'file', '-format_whitelist', DEMUXERS.join(',')];
  return [...allowed, '-i', `file:${path}`];
}

/** The same bytes, whole frames only. */
async function* wholeFrames(
  stream: ReadableStream<Uint8Array>,
  frameBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let rest = new Uint8Array();
  for await (const bytes of stream) {
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    const whole = joined.length - joined.length % frameBytes;
    rest = joined.slice(whole);
    yield joined.subarray(0, whole);
  }
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill('SIGKILL');
  } catch {
    // It has ended already.
  }
}

const decoder = new TextDecoder();

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(-300) || 'ffmpeg gave no reason';
}
