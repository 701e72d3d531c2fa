/**
 * Serves the current sources: pages with hot reload, and an API that restarts whenever a file of
 * the backend changes.
 *
 * `deno run --watch` is not used: it ends a process before it can hand back its jobs.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import { claimPort } from './listening.ts';
import { serveFromMany, type ServingMany } from './serve-from-many.ts';
import { superviseServer } from './supervise.ts';

export interface SourcesOptions {
  /** Number of processes that serve the API. */
  readonly processes: number;
  readonly log: (message: string) => void;
}

/** The pages use the port of the settings and proxy requests to the API, which uses a free one. */
export async function serveSources(
  config: Config,
  databaseUrl: string,
  { processes, log }: SourcesOptions,
): Promise<ServingMany> {
  const port = claimPort(config);
  const api = await serveFromMany({ ...config, port: 0 }, databaseUrl, { processes, log });
  const pages = superviseServer({
    name: 'server of the pages',
    script: '../frontend/dev.ts',
    env: {},
    args: ['--host', config.host, '--port', `${port}`, '--api', api.url],
    log,
  });
  const stop = async () => {
    await Promise.all([pages.stop(), api.stop()]);
  };
  try {
    return { url: await pages.url, stop, restart: api.restart };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Sources of the API and the workers. The pages' own server watches the pages. */
const SOURCES = ['.', '../migrations'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const SOURCE_NAME = /\.(ts|json|sql)$/;
/**
 * Debounce of file changes, milliseconds: editors write a file in several steps, and tools write
 * several files.
 */
const SETTLE_MS = 100;

/**
 * Calls `onChange` after files of the backend or migrations have changed. Returns a function that
 * stops watching.
 */
export function watchSources(onChange: () => void): () => void {
  const watcher = Deno.watchFs(SOURCES);
  let timer: ReturnType<typeof setTimeout> | undefined;
  async function watch(): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === 'access' || !paths.some((path) => SOURCE_NAME.test(path))) continue;
      clearTimeout(timer);
      timer = setTimeout(onChange, SETTLE_MS);
    }
  }
  void watch();
  return () => {
    watcher.close();
    clearTimeout(timer);
  };
}
