/**
 * A burst: all work from its first session to the end of its last. Pure.
 *
 * @module
 */
import type { SessionStatus, SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';

export interface Burst {
  /** Last known status of every session seen live since the burst began. */
  members: ReadonlyMap<string, SessionStatusDocument>;
  /** Percent of all work, 0–100; never goes back, and stays at 99 until all work has ended. */
  shown: number;
  /** Shown percent at the time when the actual one last changed its base. */
  anchor: { shown: number; actual: number };
}

/** An ended job of the app's own, which has no file. */
export interface EndedJob {
  /** Undefined where the server does not send it. */
  kind: string | undefined;
  title: string;
  status: SessionStatus;
}

/** Result of an ended session. */
export interface EndedSession {
  id: string;
  knowledgeId: string | null;
  ready: number;
  failed: number;
  cancelled: number;
  job?: EndedJob;
}

export interface Followed {
  /** Null while no work is running. */
  burst: Burst | null;
  /** Set once, when the last session of the burst has ended. */
  ended: EndedSession[] | null;
}

const isLive = ({ status }: SessionStatusDocument): boolean => !FINAL_STATUSES.includes(status);

/**
 * Advances the burst to the current sessions. An ended session belongs to it only if it was seen
 * live in it, or is in `justEnded`. Those ended before they could be seen live.
 */
export function followBurst(
  before: Burst | null,
  sessions: readonly SessionStatusDocument[],
  justEnded: ReadonlySet<string> = new Set(),
): Followed {
  const members = membersOf(before, sessions, justEnded);
  const all = [...members.values()];
  if (all.some(isLive)) {
    return { burst: before ? advance(before, members) : begin(members), ended: null };
  }
  return { burst: null, ended: all.length > 0 ? all.map(endOf) : null };
}

function membersOf(
  before: Burst | null,
  sessions: readonly SessionStatusDocument[],
  justEnded: ReadonlySet<string>,
): Map<string, SessionStatusDocument> {
  const now = new Map(sessions.map((session) => [session.session_id, session]));
  const members = new Map<string, SessionStatusDocument>();
  for (const [id, known] of before?.members ?? []) {
    const current = now.get(id);
    if (current) members.set(id, current);
    // Dismissed: it counts as it ended. A session that vanished while live was cleared.
    else if (!isLive(known)) members.set(id, known);
  }
  for (const [id, session] of now) {
    if (isLive(session) || justEnded.has(id)) members.set(id, session);
  }
  return members;
}

function begin(members: Burst['members']): Burst {
  const shown = Math.min(99, actualProgress(members.values()));
  return { members, shown, anchor: { shown: 0, actual: 0 } };
}

/**
 * New work or a retry makes the actual percent fall. The shown one then stays, and the rest of the
 * bar covers the remaining work.
 */
function advance(before: Burst, members: Burst['members']): Burst {
  const actual = actualProgress(members.values());
  const sameBase = members.size === before.members.size &&
    [...members].every(([id, { attempt }]) => before.members.get(id)?.attempt === attempt);
  const anchor = sameBase && actual >= before.anchor.actual
    ? before.anchor
    : { shown: before.shown, actual };
  const share = anchor.actual >= 100 ? 0 : (actual - anchor.actual) / (100 - anchor.actual);
  const shown = anchor.shown + (100 - anchor.shown) * share;
  return { members, anchor, shown: Math.min(99, Math.max(before.shown, shown)) };
}

/** Each file has the same weight; ended work counts as done, however it ended. */
function actualProgress(sessions: Iterable<SessionStatusDocument>): number {
  let done = 0;
  let all = 0;
  for (const session of sessions) {
    const files = Math.max(1, session.total_files);
    all += files;
    done += files * (isLive(session) ? session.progress : 100);
  }
  return all === 0 ? 0 : done / all;
}

function endOf(session: SessionStatusDocument): EndedSession {
  const { status, kind, title, total_files: total, processed_files: ready } = session;
  const failed = status === 'error' ? Math.max(1, session.failed_files) : session.failed_files;
  return {
    id: session.session_id,
    knowledgeId: session.knowledge_id,
    ready,
    failed,
    cancelled: Math.max(0, total - ready - failed),
    ...(kind === 'job' && title !== null && { job: { kind: session.job_kind, title, status } }),
  };
}

/** Counts are those of files. */
export interface Summary extends Omit<EndedSession, 'id' | 'knowledgeId' | 'job'> {
  ids: string[];
  jobs?: EndedJob[];
  /** Set if all of it belongs to one knowledge base. */
  knowledgeId: string | null;
  /** Knowledge base to show first: one with failures. */
  lookAt: string | null;
}

/** Sums up ended sessions. */
export function summarise(ended: readonly EndedSession[]): Summary {
  const places = new Set(ended.map(({ knowledgeId }) => knowledgeId));
  const files = ended.filter(({ job }) => job === undefined);
  const jobs = ended.flatMap(({ job }) => job ?? []);
  const sum = (count: (session: EndedSession) => number) =>
    files.reduce((total, session) => total + count(session), 0);
  return {
    ids: ended.map(({ id }) => id),
    knowledgeId: places.size === 1 ? ended[0]?.knowledgeId ?? null : null,
    lookAt: (ended.find(({ failed }) => failed > 0) ?? ended[0])?.knowledgeId ?? null,
    ready: sum(({ ready }) => ready),
    failed: sum(({ failed }) => failed),
    cancelled: sum(({ cancelled }) => cancelled),
    ...(jobs.length > 0 && { jobs }),
  };
}

/** Returns the dominant result: a failure, or else a success. */
export function toneOf(
  { ready, failed, cancelled, jobs = [] }: Pick<Summary, 'ready' | 'failed' | 'cancelled' | 'jobs'>,
): 'done' | 'failed' | 'cancelled' {
  const ends = jobs.map(({ status }) => status);
  if (failed > 0 || ends.includes('error')) return 'failed';
  if (ready > 0 || ends.includes('completed')) return 'done';
  return cancelled > 0 || ends.includes('cancelled') ? 'cancelled' : 'done';
}
