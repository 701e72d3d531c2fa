/**
 * The sessions last seen by one user on this device: something to show after a reload until the
 * server has answered. Only a cache: what the server says always takes its place.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import type { ClientOptions } from '../api/request.ts';
import { identityOf } from '../polling/shared/identity.ts';
import { deviceStorage, readStored, type TextStorage, writeStored } from './stored.ts';

export interface Remembered {
  /** Live sessions, in no order, without their files. */
  all(): SessionStatusDocument[];
  /** Keeps the newest of a session; one that has ended is forgotten. */
  put(session: SessionStatusDocument): void;
  forget(sessionId: string): void;
}

const KEY = 'headway:sessions';
const MOST = 50;
/** Nobody misses the seconds before a reload, and writing to storage holds up the page. */
const WRITE_EVERY_MS = 2_000;

interface Stored {
  readonly owner: string;
  readonly sessions: readonly SessionStatusDocument[];
}

/**
 * Remembers for the user that `options` name, by `user` or by token. For those of a cookie, who
 * cannot be told apart here, nothing is remembered. What another user has left behind is never
 * shown, and is overwritten with the first session that is put.
 */
export function rememberSessions(
  options: Pick<ClientOptions, 'baseUrl' | 'headers' | 'token' | 'user'>,
  storage: TextStorage | null = deviceStorage(),
  now: () => number = Date.now,
): Remembered {
  const place = options.user || options.token ? storage : null;
  const written = new Map<string, { status: string; at: number }>();
  const read = (): readonly SessionStatusDocument[] => {
    const stored = readStored(place, KEY) as Partial<Stored> | null;
    const mine = stored?.owner === identityOf(options) && Array.isArray(stored.sessions);
    return mine ? stored.sessions ?? [] : [];
  };
  const write = (sessions: readonly SessionStatusDocument[]) => {
    const newest = sessions.toSorted((a, b) => b.last_updated - a.last_updated).slice(0, MOST);
    writeStored(place, KEY, { owner: identityOf(options), sessions: newest } satisfies Stored);
  };
  const forget = (id: string) => {
    const all = read();
    const others = all.filter(({ session_id }) => session_id !== id);
    if (others.length < all.length) write(others);
  };
  return {
    all: () => [...read()],
    forget,
    put({ files: _, ...session }) {
      const { session_id: id, status } = session;
      if (FINAL_STATUSES.includes(status)) return forget(id);
      const last = written.get(id);
      const fresh = last?.status === status && Math.abs(now() - last.at) < WRITE_EVERY_MS;
      if (place === null || fresh) return;
      written.set(id, { status, at: now() });
      write([...read().filter(({ session_id }) => session_id !== id), session]);
    },
  };
}
