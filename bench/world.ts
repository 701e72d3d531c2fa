/**
 * The real program on a temporary folder, for a measurement; nothing of it is left afterwards.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { API_BASE, paths } from '../backend/contract/paths.ts';
import { type Client, createClient, createDataDir, isOver } from '../tests/support/installation.ts';
import { endPrograms, type Program, startProgram, until } from '../tests/support/processes.ts';

export interface World {
  readonly client: Client;
  readonly url: string;
  /** Where models are kept that were prepared before. */
  readonly modelDir: string;
  /** `deno task start`: database, API and one worker. */
  readonly program: Program;
  /** Starts one more worker and waits until it takes jobs. */
  addWorker(): Promise<Program>;
  /** Uploads files, eight at a time. Returns their ids. */
  upload(files: readonly NamedBytes[]): Promise<string[]>;
  /** Cancels a session and waits until it has ended. */
  cancel(sessionId: string): Promise<void>;
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array | string;
}

const START_MS = 120_000;
const UPLOADS_AT_ONCE = 8;

/** Starts the program, with settings from the environment, for `work`, and ends all that was started however that ends. */
export async function withWorld<T>(
  work: (world: World) => Promise<T>,
  settings: Record<string, string> = {},
): Promise<T> {
  const dataDir = await createDataDir();
  const env = { ...settings, DATA_DIR: dataDir, PORT: '0' };
  try {
    const program = startProgram({ args: ['backend/main.ts'], env });
    const [, url] = await program.printed(/Headway is ready: (\S+)/, START_MS);
    await program.printed(/takes jobs as/);
    const client = createClient((path, init) => fetch(`${url}${API_BASE}${path}`, init));
    return await work({
      client,
      url: url!,
      modelDir: `${dataDir}/models`,
      program,
      async addWorker() {
        const worker = startProgram({ args: ['backend/worker.ts'], env: { DATA_DIR: dataDir } });
        await worker.printed(/takes jobs as/);
        return worker;
      },
      upload: (files) => upload(client, files),
      async cancel(sessionId) {
        await client.ask(paths.sessionAction(sessionId, 'cancel'), { method: 'POST' });
        await client.reaches(sessionId, isOver);
      },
    });
  } finally {
    await endPrograms({ task: {} });
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function upload(client: Client, files: readonly NamedBytes[]): Promise<string[]> {
  const ids: string[] = [];
  const waiting = [...files.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      ids[next[0]] = await client.upload(next[1].name, next[1].bytes);
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, lane));
  return ids;
}

/** When the only file of a session was begun, epoch seconds. */
export async function beginningOf(client: Client, sessionId: string): Promise<number> {
  const begun = ({ files: [file] = [] }: SessionStatusDocument) => file?.started_at ?? null;
  return await until(
    'the file to begin',
    async () => begun(await client.status(sessionId)),
    { ms: 120_000, everyMs: 50 },
  );
}
