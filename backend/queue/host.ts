/**
 * The child process that reads files for a worker. Reading is CPU-bound native work: in a process of
 * its own it cannot starve heartbeats, and ending it gives all its memory back.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { READING_LIMITS, type ReadingLimits } from '../processing/limits.ts';
import { ProcessingError } from '../processing/processor.ts';
import {
  type ChildEvent,
  type ChildRequest,
  decodeLines,
  type Detected,
  type Elsewhere,
  encodeLine,
  type PieceEvent,
} from '../processing/protocol.ts';
import type { ProcessEvent, ProcessInput } from '../processing/processor.ts';
import { watchChild } from './child-watch.ts';

const CHILD = fileURLToPath(new URL('../processing/child.ts', import.meta.url));

export interface HostOptions {
  /** What reading one file may take. @default READING_LIMITS */
  limits?: ReadingLimits;
  /** Files one child reads before a fresh one takes over. @default 200 */
  filesPerChild?: number;
}

/** Reads files in a child process, which is started when needed and kept while it is well. */
export interface Host {
  /** What a file is. Throws {@link ProcessingError}. */
  detect(
    path: string,
    name: string,
    signal: AbortSignal,
    elsewhere?: Elsewhere | null,
  ): Promise<Detected>;
  /** Reads a file. Throws {@link ProcessingError}, or the signal's reason after an abort. */
  process(input: ProcessInput, signal: AbortSignal): AsyncGenerator<ProcessEvent>;
  /** Cuts a recording for somebody else to recognise; throws as {@link process} does. */
  pieces(input: ProcessInput, signal: AbortSignal): AsyncGenerator<PieceEvent>;
  /** Ends the child, if there is one. */
  close(): Promise<void>;
}

interface Child {
  readonly process: Deno.ChildProcess;
  readonly input: WritableStreamDefaultWriter<Uint8Array>;
  readonly events: AsyncGenerator<ChildEvent>;
  files: number;
}

/** Makes a host; nothing is started before the first call. */
export function createHost(options: HostOptions = {}): Host {
  const { limits = READING_LIMITS, filesPerChild = 200 } = options;
  const silenceMs = limits.maxSilenceSeconds * 1000;
  let child: Child | null = null;

  async function end(): Promise<void> {
    const ending = child;
    child = null;
    if (!ending) return;
    ending.input.close().catch(() => {});
    try {
      ending.process.kill('SIGKILL');
    } catch {
      // It has ended by itself.
    }
    await ending.process.status;
  }

  async function* ask(request: ChildRequest, signal: AbortSignal): AsyncGenerator<ChildEvent> {
    signal.throwIfAborted();
    child ??= start(limits);
    const { input, events, process } = child;
    const watch = watchChild(process.pid, limits);
    let settled = false;
    try {
      // A child that has ended takes no request; its events say so.
      await input.write(encodeLine(request)).catch(() => {});
      while (true) {
        const next = Promise.race([events.next(), watch.exceeded]);
        const event = await within(next, silenceMs, signal);
        if (event.done) throw watch.explainEnd(await process.status);
        settled = event.value.type === 'failed' || event.value.type === 'done' ||
          event.value.type === 'detected';
        yield event.value;
        if (settled) return;
      }
    } finally {
      watch.stop();
      // Left in the middle of a file, or full of the last one, the child is of no use any more.
      if (!settled || watch.heavy) await end();
    }
  }

  async function* read(request: ChildRequest, signal: AbortSignal): AsyncGenerator<PieceEvent> {
    for await (const event of ask(request, signal)) {
      throwFailure(event);
      if (isOfFile(event)) yield event;
    }
    if (child && ++child.files >= filesPerChild) await end();
  }

  return {
    async detect(path, name, signal, elsewhere = null) {
      for await (const event of ask({ type: 'detect', path, name, elsewhere }, signal)) {
        if (event.type === 'detected') return event;
        throwFailure(event);
      }
      throw new Error('The process that reads files gave no answer');
    },
    async *process(input, signal) {
      for await (const event of read({ type: 'process', input: { ...input, limits } }, signal)) {
        if (event.type !== 'piece') yield event;
      }
    },
    pieces: (input, signal) => read({ type: 'pieces', input: { ...input, limits } }, signal),
    close: end,
  };
}

function start({ maxMemoryBytes }: ReadingLimits): Child {
  const heap = `--v8-flags=--max-old-space-size=${Math.ceil(maxMemoryBytes / 1024 ** 2)}`;
  const process = new Deno.Command(Deno.execPath(), {
    args: ['run', '--quiet', '-A', heap, CHILD],
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'inherit',
  }).spawn();
  return {
    process,
    input: process.stdin.getWriter(),
    events: decodeLines<ChildEvent>(process.stdout),
    files: 0,
  };
}

function isOfFile(event: ChildEvent): event is PieceEvent {
  return ['size', 'progress', 'parts', 'piece'].includes(event.type);
}

function throwFailure(event: ChildEvent): void {
  if (event.type === 'failed') throw new ProcessingError(event.code, event.message);
}

/** The promise's value, unless the signal aborts or `ms` pass first. */
async function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const stop = Promise.withResolvers<never>();
  const onAbort = () => stop.reject(signal.reason);
  const timer = setTimeout(
    () =>
      stop.reject(
        new ProcessingError('stalled', `Reading stopped: no progress for ${ms / 1000} seconds`),
      ),
    ms,
  );
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, stop.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
