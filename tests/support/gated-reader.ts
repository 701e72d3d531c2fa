/**
 * A reader of files whose work waits at gates that a test opens, so that no test races a reader, and
 * a stand-in for files that describe themselves, which takes no time at all.
 *
 * @module
 */
import { text } from '../../backend/contract/messages/catalogue.ts';
import type { FailureCode } from '#contract/problem.ts';
import { type ProcessEvent, ProcessingError } from '../../backend/processing/processor.ts';
import type { Host } from '../../backend/queue/host.ts';

/** A file that only {@link gatedReader} reads: its parts, and what becomes of it. */
export interface StandInFile {
  /** Number of parts; each is written with a checkpoint. */
  readonly standIn: number;
  /** Tells its bytes from those of others. */
  readonly id: string;
  /** Fails instead of giving the part of this index. */
  readonly failsAt?: number;
  /** Fails after each part that a run has read. */
  readonly failsAfterEach?: boolean;
  readonly failure?: {
    readonly code?: FailureCode;
    readonly message: string;
    /** Each time with another message. */
    readonly varies?: boolean;
  };
}

let files = 0;

/** The bytes of a stand-in file, unlike any others. */
export const standInFile = (parts: number, rest: Partial<StandInFile> = {}): string =>
  JSON.stringify({ standIn: parts, id: `${Deno.pid}-${++files}`, ...rest });

export const standInText = (index: number): string => `Part ${index} of a stand-in`;

/** How many parts of files may be read, by their names. */
export interface Gates {
  /** Lets the first `parts` of the file be read, by the process `pid` or any; Infinity: its end too. */
  open(name: string, parts: number, pid?: number): Promise<void>;
  /** How many may be read by this process; Infinity where no gate was ever set. */
  opened(name: string): Promise<number>;
}

/** Gates as small files in a folder, which processes share. */
export function gatesIn(folder: string): Gates {
  const pathOf = (name: string, pid?: number) =>
    `${folder}/${encodeURIComponent(name)}${pid ? `.${pid}` : ''}`;
  const read = async (path: string) => {
    try {
      return Number(await Deno.readTextFile(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
  return {
    async open(name, parts, pid) {
      const path = pathOf(name, pid);
      const unfinished = `${path}.${crypto.randomUUID()}`;
      await Deno.writeTextFile(unfinished, `${parts}`);
      await Deno.rename(unfinished, path);
    },
    async opened(name) {
      return await read(pathOf(name, Deno.pid)) ?? await read(pathOf(name)) ?? Infinity;
    },
  };
}

const LOOK_MS = 10;
/** A gate that is closed is progress of no part, said this often: it is no silence. */
const SAY_LOOKS = 10;

/** `host`, held at gates, and with stand-in files read without it. */
export function gatedReader(host: Host, gates: Gates): Host {
  return {
    ...host,
    async detect(path, name, signal, elsewhere) {
      if (!(await readStandIn(path))) return await host.detect(path, name, signal, elsewhere);
      return {
        type: 'detected',
        mediaType: 'audio/wav',
        processor: 'stand-in',
        version: 1,
        step: 'transcribe',
      };
    },
    async *process(input, signal) {
      const standIn = await readStandIn(input.path);
      const from = Number(input.checkpoint?.next ?? 0);
      const events = standIn ? eventsOf(standIn, from) : host.process(input, signal);
      let [read, fraction] = [0, 0];
      for await (const event of events) {
        if (event.type === 'parts' && event.parts.length > 0) {
          yield* held(gates, input.name, event.parts[0]!.index + 1, fraction, signal);
          read = event.parts.at(-1)!.index + 1;
        }
        if (event.type !== 'size') fraction = event.fraction;
        yield event;
      }
      yield* held(gates, input.name, read + 1, fraction, signal);
    },
  };
}

async function readStandIn(path: string): Promise<StandInFile | null> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(1_000);
  const length = await file.read(bytes) ?? 0;
  const text = new TextDecoder().decode(bytes.subarray(0, length));
  return text.startsWith('{"standIn":') ? JSON.parse(text) : null;
}

/** Waits until so many parts may be read. */
async function* held(
  gates: Gates,
  name: string,
  parts: number,
  fraction: number,
  signal: AbortSignal,
): AsyncGenerator<ProcessEvent> {
  for (let looks = 1; await gates.opened(name) < parts; looks++) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    signal.throwIfAborted();
    if (looks % SAY_LOOKS === 0) yield { type: 'progress', fraction, message: text('At a gate') };
  }
}

function* eventsOf(file: StandInFile, from: number): Generator<ProcessEvent> {
  const { standIn: total, failsAt = null, failsAfterEach = false, failure } = file;
  yield { type: 'size', total, unit: 'second' };
  for (let index = from; index < total; index++) {
    if (index === failsAt) throw failureOf(failure);
    const times = { start: index, end: index + 1 };
    const part = { index, kind: 'segment' as const, label: null, text: standInText(index) };
    yield {
      type: 'parts',
      parts: [{ ...part, ...times }],
      checkpoint: { next: index + 1 },
      fraction: (index + 1) / total,
      message: text(`${index + 1} of ${total}`),
    };
    if (failsAfterEach && index + 1 < total) throw failureOf(failure);
  }
}

let failed = 0;

function failureOf(failure: StandInFile['failure'] = { message: 'It fails' }): Error {
  const message = failure.varies ? `${failure.message} ${++failed}` : failure.message;
  const { code } = failure;
  if (!code) return new Error(message);
  const stalled = code === 'stalled' ? { exception: 'stalled', suspect: true } : {};
  return new ProcessingError(code, text(message), stalled);
}
