/**
 * The child processes that read files for a worker. Reading is CPU-bound native work: in a process of
 * its own it cannot starve heartbeats, and ending it gives all its memory back. Each runs in a
 * {@link "./sandbox.ts"}: one for documents, and one for recordings, which needs more permissions.
 *
 * @module
 */
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import { fileURLToPath } from 'node:url';
import { letOthersEnter, makeEnterableFolder } from '../folders/folders.ts';
import { READING_LIMITS, type ReadingLimits } from '../processing/limits.ts';
import { EnvironmentError } from '../processing/environment.ts';
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
import { RECORDING_TYPES } from '../processing/transcribe/formats.ts';
import { prepareModel } from '../processing/transcribe/model.ts';
import { watchChild } from './child-watch.ts';
import { packagesFolder, startSandboxed } from './sandbox.ts';
import { openSandboxFolder, removeAbandonedFolders, type SandboxFolder } from './sandbox-folder.ts';
import { findSandboxUser, type SandboxUser } from './sandbox-user.ts';

const CHILD = fileURLToPath(new URL('../processing/child.ts', import.meta.url));

export interface HostOptions {
  /** Limits for reading one file. @default READING_LIMITS */
  limits?: ReadingLimits;
  /** Files per child before it is replaced. @default 200 */
  filesPerChild?: number;
  /**
   * Parent folder of the sandboxes. A permanent one removes the leftovers of killed workers.
   * @default temporary
   */
  folder?: string;
  /** Program of the child. @default ../processing/child.ts */
  program?: string;
  /** Deno executable for it. @default the one that runs this */
  deno?: string;
  log?: (message: string) => void;
}

/** Reads files in a child process, which is started on demand and reused while it is healthy. */
export interface Host {
  /** Detects the type of a file. Throws {@link ProcessingError}. */
  detect(
    path: string,
    name: string,
    signal: AbortSignal,
    elsewhere?: Elsewhere | null,
  ): Promise<Detected>;
  /** Reads a file. Throws {@link ProcessingError}, or the signal's reason after an abort. */
  process(input: ProcessInput, signal: AbortSignal): AsyncGenerator<ProcessEvent>;
  /** Cuts a recording for an external recognizer; throws as {@link process} does. */
  pieces(input: ProcessInput, signal: AbortSignal): AsyncGenerator<PieceEvent>;
  /** Ends the child processes, if any. */
  close(): Promise<void>;
}

interface Child {
  readonly process: Deno.ChildProcess;
  readonly folder: SandboxFolder;
  readonly input: WritableStreamDefaultWriter<Uint8Array>;
  readonly events: AsyncGenerator<ChildEvent>;
  files: number;
}

/**
 * Permissions of a child: recordings need native code, ffmpeg, models, and a folder to write to.
 */
type Kind = 'documents' | 'recordings';

/** Creates a host; no process starts before the first call. */
export function createHost(options: HostOptions = {}): Host {
  const { limits = READING_LIMITS, filesPerChild = 200 } = options;
  const silenceMs: Record<Kind, number> = {
    recordings: limits.maxSilenceSeconds * 1000,
    documents: Math.min(limits.maxSilenceSeconds, limits.maxDocumentSilenceSeconds) * 1000,
  };
  const children = new Map<Kind, Child>();
  let sandboxes: Promise<Sandboxes> | null = null;

  async function start(kind: Kind, modelDir: string): Promise<Child> {
    const { parent, user } = await (sandboxes ??= openSandboxes(options));
    const folder = await openSandboxFolder(parent, user);
    const process = await startSandboxed({
      deno: options.deno ?? Deno.execPath(),
      program: options.program ?? CHILD,
      folder,
      limits,
      modelDir: kind === 'recordings' ? modelDir : null,
    }).catch(async (error) => {
      await folder.remove();
      throw error;
    });
    const events = decodeLines<ChildEvent>(process.stdout);
    return { process, folder, input: process.stdin.getWriter(), events, files: 0 };
  }

  async function end(kind: Kind): Promise<void> {
    const ending = children.get(kind);
    children.delete(kind);
    if (!ending) return;
    ending.input.close().catch(() => {});
    try {
      ending.process.kill('SIGKILL');
    } catch {
      // It has already ended.
    }
    await ending.process.status;
    await ending.folder.remove();
  }

  async function* ask(request: ChildRequest, signal: AbortSignal): AsyncGenerator<ChildEvent> {
    signal.throwIfAborted();
    const kind = kindOf(request);
    if (await children.get(kind)?.folder.isThere() === false) await end(kind);
    const modelDir = request.type === 'detect' ? '' : request.input.modelDir;
    const child = children.get(kind) ?? await start(kind, modelDir);
    children.set(kind, child);
    const { input, events, process, folder } = child;
    await admit(request, kind, folder);
    const watch = watchChild(process.pid, limits);
    let settled = false;
    try {
      // A child that has ended accepts no request; its events report that.
      await input.write(encodeLine(confined(request, folder))).catch(() => {});
      while (true) {
        const next = Promise.race([events.next(), watch.exceeded]);
        const event = await within(next, silenceMs[kind], signal);
        if (event.done) throw watch.explainEnd(await process.status);
        settled = event.value.type === 'failed' || event.value.type === 'done' ||
          event.value.type === 'detected';
        yield event.value;
        if (settled) return;
      }
    } finally {
      watch.stop();
      // A child that stopped in the middle of a file, or uses too much memory, is not reused.
      if (request.type !== 'detect') child.files++;
      if (!settled || watch.heavy || child.files >= filesPerChild) await end(kind);
      else await folder.release();
    }
  }

  async function* read(request: ChildRequest, signal: AbortSignal): AsyncGenerator<PieceEvent> {
    for await (const event of ask(request, signal)) {
      throwFailure(event);
      if (isOfFile(event)) yield event;
    }
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
    async close() {
      await Promise.all((['documents', 'recordings'] as const).map(end));
      const opened = await sandboxes?.catch(() => null);
      if (opened && options.folder === undefined) await Deno.remove(opened.parent);
    },
  };
}

function isOfFile(event: ChildEvent): event is PieceEvent {
  return ['size', 'progress', 'parts', 'piece'].includes(event.type);
}

function throwFailure(event: ChildEvent): void {
  if (event.type !== 'failed') return;
  const { code, reason, exception = null, environment } = event;
  if (environment) throw new EnvironmentError(environment, formatMessage(reason));
  throw new ProcessingError(code, reason, { exception });
}

interface Sandboxes {
  readonly parent: string;
  readonly user: SandboxUser;
}

async function openSandboxes(
  { folder, program = CHILD, deno = Deno.execPath(), log = () => {} }: HostOptions,
): Promise<Sandboxes> {
  const parent = folder ?? await Deno.makeTempDir({ prefix: 'headway-sandboxes-' });
  if (folder !== undefined) {
    await makeEnterableFolder(folder);
    await letOthersEnter(folder);
  }
  await removeAbandonedFolders(parent);
  const needs = { run: deno, read: program, enter: [parent, await packagesFolder()] };
  return { parent, user: await findSandboxUser(needs, log) };
}

function kindOf(request: ChildRequest): Kind {
  const recording = request.type !== 'detect' &&
    (request.type === 'pieces' || RECORDING_TYPES.includes(request.input.mediaType));
  return recording ? 'recordings' : 'documents';
}

/** Moves the files of a request into the child's sandbox. */
async function admit(request: ChildRequest, kind: Kind, folder: SandboxFolder): Promise<void> {
  if (request.type === 'detect') return await folder.admit(request.path, null);
  const { path, workDir, modelDir } = request.input;
  // The sandbox can read models but not create them.
  if (kind === 'recordings') await prepareModel(modelDir);
  await folder.admit(path, kind === 'recordings' ? workDir : null);
}

/** The request with the file names inside the sandbox. */
function confined(request: ChildRequest, { input, work }: SandboxFolder): ChildRequest {
  return request.type === 'detect'
    ? { ...request, path: input }
    : { ...request, input: { ...request.input, path: input, workDir: work } };
}

/** Resolves to the promise's value, unless the signal aborts or `ms` pass first. */
async function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const stop = Promise.withResolvers<never>();
  const onAbort = () => stop.reject(signal.reason);
  const timer = setTimeout(
    () =>
      stop.reject(
        new ProcessingError('stalled', message('reading_stalled', { seconds: ms / 1000 }), {
          exception: 'stalled',
          suspect: true,
        }),
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
