/**
 * A PostgreSQL server on this machine, for installations without one of their own.
 *
 * @module
 */
import { join } from 'node:path';
import { lockDataDir } from './data-lock.ts';
import { type Cluster, NAME, openCluster } from './embedded-cluster.ts';
import { clearLeftover } from './embedded-leftover.ts';
import { findPlace, type Place } from './embedded-place.ts';
import type { Log } from './embedded-program.ts';
import { type RunningServer, ServerStartError, startServer } from './embedded-server.ts';

export interface EmbeddedPostgresOptions {
  /** The database's own folder; created if it is missing. */
  dataDir: string;
  /** Default: that of the last run if it is free, otherwise any free one. */
  port?: number;
  /** PostgreSQL settings that override ours. `fsync: 'off'` also skips it during creation. */
  settings?: Record<string, string>;
  /** Receives the log of the server and of this module, line by line. Default: none. */
  log?: Log;
}

export interface EmbeddedPostgres {
  /** URL of a database called `headway`, as its superuser. Contains the password. */
  url: string;
  /** Actual folder of the data: not `options.dataDir` if the server's user cannot reach that. */
  dataDir: string;
  /** Resolves when the server has ended, for any reason. */
  ended: Promise<void>;
  /** Fast shutdown; leaves no process running. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const FREE_PORT_TRIES = 3;
const STILL_IN_USE_TRIES = 40;
const STILL_IN_USE_MS = 250;

const MAX_WAL = '128MB';

const SETTINGS = {
  shared_buffers: '128MB',
  // Disk space of the write-ahead log, within `RESERVED_BYTES`: occupied permanently once used.
  max_wal_size: MAX_WAL,
  min_wal_size: MAX_WAL,
  max_connections: '100',
  // Progress updates the same few rows frequently: vacuum soon.
  autovacuum_naptime: '10s',
  // A query of a killed process ends and releases its locks.
  client_connection_check_interval: '1s',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/**
 * Starts the server on this folder and resolves when it accepts connections. Data survives
 * restarts; remains of a killed run are cleaned up first. Only this machine reaches it, with a
 * password.
 *
 * @throws Error that says what to do
 */
export async function startEmbeddedPostgres(
  { dataDir, port, settings = {}, log = () => {} }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const place = await findPlace(dataDir, log);
  const lock = await lockDataDir(place.dir, { description: 'The embedded database' });
  try {
    const cluster = await openCluster(place, settings.fsync !== 'off', log);
    await clearLeftover({ pgData: cluster.pgData, user: place.user }, log);
    const { server, url } = await serve(place, cluster, port, { ...SETTINGS, ...settings }, log);
    server.ended.then(lock.release);
    return { url, dataDir: place.dir, ended: server.ended, stop: server.stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Retries if time or another port can help. */
async function serve(
  place: Place,
  cluster: Cluster,
  wantedPort: number | undefined,
  settings: Record<string, string>,
  log: Log,
): Promise<{ server: RunningServer; url: string }> {
  let port = wantedPort ?? await lastPort(cluster.pgData) ?? 0;
  for (let tries = 1;; tries++) {
    if (wantedPort === undefined && !isFree(port)) port = freePort();
    try {
      const bound = { listen_addresses: HOST, port: `${port}`, unix_socket_directories: '' };
      const server = await startServer(place, cluster, { ...settings, ...bound }, log);
      return { server, url: `postgres://${NAME}:${cluster.password}@${HOST}:${port}/${NAME}` };
    } catch (error) {
      if (!(error instanceof ServerStartError)) throw error;
      const portTaken = error.message.includes('Address already in use');
      const canRetry = portTaken
        ? wantedPort === undefined && tries < FREE_PORT_TRIES
        : error.message.includes('still in use') && tries < STILL_IN_USE_TRIES;
      if (!canRetry) throw explain(error, portTaken, port, place);
      // The old server's processes detect one by one that it was killed.
      await new Promise((resolve) => setTimeout(resolve, STILL_IN_USE_MS));
    }
  }
}

function explain(error: ServerStartError, portTaken: boolean, port: number, place: Place): Error {
  const message = portTaken
    ? `Could not start the database, port ${port} is in use: choose another or none`
    : `Could not start the database in ${place.dir}: ${error.message}`;
  return new Error(message, { cause: error });
}

/** Reused if possible, so that other processes find the database again after a restart. */
async function lastPort(pgData: string): Promise<number | undefined> {
  const options = await Deno.readTextFile(join(pgData, 'postmaster.opts')).catch(() => '');
  const port = options.match(/"port=(\d+)"/)?.[1];
  return port === undefined ? undefined : Number(port);
}

function isFree(port: number): boolean {
  if (port === 0) return false;
  try {
    Deno.listen({ hostname: HOST, port }).close();
    return true;
  } catch {
    return false;
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  listener.close();
  return listener.addr.port;
}
