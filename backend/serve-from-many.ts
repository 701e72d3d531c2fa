/**
 * One port served by several processes of this machine: the kernel distributes connections among
 * them, and a process that ends is replaced. They share the database; each has its own memory.
 *
 * @module
 */
import type { Config } from './config.ts';
import { migrate } from './database/migrate.ts';
import { claimPort } from './listening.ts';
import { openQueue } from './queue/boss.ts';
import type { Serving } from './serve.ts';
import { superviseServer } from './supervise.ts';

export interface ManyOptions {
  readonly processes: number;
  readonly log: (message: string) => void;
}

export interface ServingMany extends Serving {
  /** Ends each process and starts another in its place. */
  restart(): void;
}

/** Resolves when all processes serve. Throws if one ends before that. */
export async function serveFromMany(
  config: Config,
  databaseUrl: string,
  { processes, log }: ManyOptions,
): Promise<ServingMany> {
  await prepare(databaseUrl, log);
  const port = claimPort(config);
  const env = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: config.dataDir,
    HOST: config.host,
    PORT: `${port}`,
  };
  const started = Array.from({ length: processes }, () =>
    superviseServer({
      name: 'serving process',
      script: './serve.ts',
      // SO_REUSEPORT
      flags: ['--unstable-net'],
      env,
      log,
    }));
  const stop = async () => {
    await Promise.all(started.map((each) => each.stop()));
  };
  try {
    const [url = ''] = await Promise.all(started.map(({ url }) => url));
    return { url, stop, restart: () => started.forEach((each) => each.restart()) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Creates tables once, before processes could do so concurrently. */
async function prepare(databaseUrl: string, log: (message: string) => void): Promise<void> {
  await migrate(databaseUrl);
  const queue = await openQueue(databaseUrl, { onError: (error) => log(`${error}`) });
  await queue.stop();
}
