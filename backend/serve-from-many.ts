/**
 * One port, served by several processes of this machine: the kernel shares connections out among
 * them, and one that ends is replaced. What they share is the database; each has its own memory.
 *
 * @module
 */
import type { Config } from './config.ts';
import { migrate } from './database/migrate.ts';
import { openQueue } from './queue/boss.ts';
import { SERVES, type Serving } from './serve.ts';
import { supervise } from './supervise.ts';

export interface ManyOptions {
  readonly processes: number;
  readonly log: (message: string) => void;
}

/** Resolves when all of them serve. Throws where one ends before that. */
export async function serveFromMany(
  config: Config,
  databaseUrl: string,
  { processes, log }: ManyOptions,
): Promise<Serving> {
  await prepare(databaseUrl, log);
  const port = claimPort(config);
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: config.dataDir, PORT: `${port}` };
  const started = Array.from({ length: processes }, () => startOne(env, log));
  const stop = async () => {
    await Promise.all(started.map((each) => each.stop()));
  };
  try {
    const [url = ''] = await Promise.all(started.map(({ url }) => url));
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Tables are made once, before anybody could do so at the same time. */
async function prepare(databaseUrl: string, log: (message: string) => void): Promise<void> {
  await migrate(databaseUrl);
  const queue = await openQueue(databaseUrl, { onError: (error) => log(`${error}`) });
  await queue.stop();
}

/**
 * A free port, or the one that is asked for. Whoever shares a port does not notice that another
 * program has it already, so it is tried alone first. Throws where it is taken.
 */
function claimPort({ host, port }: Config): number {
  using listener = Deno.listen({ hostname: host, port });
  return listener.addr.port;
}

function startOne(
  env: Readonly<Record<string, string>>,
  log: (message: string) => void,
): { readonly url: Promise<string>; stop(): Promise<void> } {
  const { promise: url, resolve, reject } = Promise.withResolvers<string>();
  // Only the first of them is waited for, and one that ended later is no failure of the start.
  url.catch(() => {});
  const stop = supervise({
    name: 'serving process',
    script: './serve.ts',
    // SO_REUSEPORT
    flags: ['--unstable-net'],
    env,
    log,
    onLine(line) {
      const [said, address] = line.split(' ');
      if (said === SERVES && address) resolve(address);
      else console.log(line);
    },
    onEnded: () => reject(new Error('A serving process ended before it served; see above')),
  });
  return { url, stop };
}
