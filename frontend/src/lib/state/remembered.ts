/**
 * Cache of one user's last sessions on this device, shown after a reload until the server answers,
 * whose answer always replaces it.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import type { ClientOptions } from '../api/request.ts';
import { identityOf } from '../polling/shared/identity.ts';
import { deviceStorage, readStored, type TextStorage, writeStored } from './stored.ts';

export interface Remembered {
  /** Live sessions, unordered, without their files. */
  all(): SessionStatusDocument[];
  /** Stores the newest status of a session; an ended one is removed. */
  put(session: SessionStatusDocument): void;
  forget(sessionId: string): void;
}

const KEY = 'headway:sessions';
const MOST = 50;
/**
 * Minimum milliseconds between writes: storage blocks the page, and the last seconds before a
 * reload matter little.
 */
const WRITE_EVERY_MS = 2_000;

interface Stored {
  readonly owner: string;
  readonly sessions: readonly SessionStatusDocument[];
}

/**
 * Stores sessions for the user of `options`, by `user` or by token. Cookie users cannot be
 * distinguished here, so nothing is stored for them. Another user's entries are never shown, and
 * are overwritten with the first session that is put.
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
