/**
 * Decodes any recording with the ffmpeg of this machine, where there is one.
 *
 * @module
 */
import { DEMUXERS } from './formats.ts';
import type { PcmChunk } from './pcm.ts';
import { SAMPLE_RATE } from './segment.ts';

/** Programs by name or path. */
export interface Ffmpeg {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** The file is not what it says, or is damaged; the message is ffmpeg's. */
export class FfmpegError extends Error {
  override readonly name = 'FfmpegError';
}

/** ffmpeg and ffprobe of the PATH, or null unless both are there and run. */
export async function findFfmpeg(): Promise<Ffmpeg | null> {
  const found = await Promise.all(['ffmpeg', 'ffprobe'].map(runs));
  return found.every(Boolean) ? { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' } : null;
}

/** Not installed, not for this user, or not for this sandbox. */
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

export interface Probe {
  readonly hasAudio: boolean;
  /** Whether its clock begins at 0 s, so that a late first sound is late for a listener too. */
  readonly beginsAtZero: boolean;
  /** Seconds, null where the file does not say. */
  readonly duration: number | null;
}

/** What ffprobe sees in a file. Throws {@link FfmpegError} where it can make nothing of it. */
export async function probe(tools: Ffmpeg, path: string, signal: AbortSignal): Promise<Probe> {
  const entries = ['-show_entries', 'format=duration,format_name:stream=codec_type', '-of', 'json'];
  const command = new Deno.Command(tools.ffprobe, {
    args: ['-v', 'error', ...entries, ...inputOf(path)],
    stdin: 'null',
    signal,
  });
  const { success, stdout, stderr } = await command.output();
  signal.throwIfAborted();
  if (!success) throw new FfmpegError(lastLine(decoder.decode(stderr)));
  const found: {
    streams?: { codec_type?: string }[];
    format?: { duration?: string; format_name?: string };
  } = JSON.parse(decoder.decode(stdout));
  const duration = Number(found.format?.duration);
  return {
    hasAudio: found.streams?.some((stream) => stream.codec_type === 'audio') ?? false,
    beginsAtZero: /\b(mov|matroska)\b/.test(found.format?.format_name ?? ''),
    duration: duration > 0 ? duration : null,
  };
}

/**
 * The first audio track, with silence where the container has none. Samples come through a pipe, so that ffmpeg ends with this process and
 * progress is what has really been decoded.
 */
export async function* decodeWithFfmpeg(
  tools: Ffmpeg,
  path: string,
  { duration, beginsAtZero }: Probe,
  signal: AbortSignal,
): AsyncGenerator<PcmChunk> {
  const form = [
    '-map',
    '0:a:0',
    '-af',
    'aresample=async=1:first_pts=0',
    '-ac',
    '1',
    '-ar',
    `${SAMPLE_RATE}`,
    '-f',
    's16le',
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
    for await (const chunk of wholeSamples(child.stdout)) {
      samples += chunk.length;
      yield { samples: chunk, fraction: Math.min(1, samples / expected) };
    }
    const status = await child.status;
    signal.throwIfAborted();
    if (status.signal) throw new Error(`ffmpeg was ended by a signal: ${status.signal}`);
    if (!status.success) throw failureOf(await complaint);
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

/** Reads this one file as a recording, and nothing that it may refer to. */
function inputOf(path: string): string[] {
  const allowed = ['-protocol_whitelist', 'file', '-format_whitelist', DEMUXERS.join(',')];
  return [...allowed, '-i', `file:${path}`];
}

/** Bytes as 16-bit samples, whole ones only. */
async function* wholeSamples(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Int16Array<ArrayBuffer>> {
  let rest = new Uint8Array();
  for await (const bytes of stream) {
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    const whole = joined.length - joined.length % 2;
    rest = joined.slice(whole);
    yield new Int16Array(joined.buffer, 0, whole / 2);
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
