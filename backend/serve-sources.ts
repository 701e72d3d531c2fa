/**
 * Serves what the sources say now: pages with hot reload, and an API that starts again whenever a
 * file of the backend changes.
 *
 * `deno run --watch` is not used: it ends a process without letting it hand back its jobs.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import { claimPort } from './listening.ts';
import { serveFromMany, type ServingMany } from './serve-from-many.ts';
import { superviseServer } from './supervise.ts';

export interface SourcesOptions {
  /** That serve the API. */
  readonly processes: number;
  readonly log: (message: string) => void;
}

/** The pages have the port of the settings and pass requests on to the API, which has a free one. */
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

/** Files that run in the API or a worker. Pages are watched by the server of the pages. */
const SOURCES = ['.', '../migrations'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const SOURCE_NAME = /\.(ts|json|sql)$/;
/** Editors write a file in several steps, and tools write several files. */
const SETTLE_MS = 100;

/** Calls `onChange` after files of the backend or migrations have changed. Returns what ends it. */
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
