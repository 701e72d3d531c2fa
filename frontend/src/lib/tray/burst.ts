/**
 * A burst: all work from its first session to the end of its last. Pure.
 *
 * @module
 */
import type { SessionStatus, SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';

export interface Burst {
  /** Every session seen live since the burst began, as it was known last. */
  members: ReadonlyMap<string, SessionStatusDocument>;
  /** 0–100 over all of it; never goes back, and holds at 99 until all has ended. */
  shown: number;
  /** Where the shown percent stood when the actual one last changed its base. */
  anchor: { shown: number; actual: number };
}

/** A job of the app's own that has ended; it is no file. */
export interface EndedJob {
  /** Undefined where the server does not say. */
  kind: string | undefined;
  title: string;
  status: SessionStatus;
}

/** What became of a session. */
export interface EndedSession {
  id: string;
  knowledgeId: string | null;
  ready: number;
  failed: number;
  cancelled: number;
  job?: EndedJob;
}

export interface Followed {
  /** Null while nothing is under way. */
  burst: Burst | null;
  /** Set once, when the last session of the burst has ended. */
  ended: EndedSession[] | null;
}

const isLive = ({ status }: SessionStatusDocument): boolean => !FINAL_STATUSES.includes(status);

/**
 * Takes all sessions as they are now. Those that have ended belong to the burst only if they were
 * seen live in it, or, by `justEnded`, ended before anybody could see them at work.
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
    // Put out of sight: it counts as it ended. One that vanished while live was cleared.
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
 * New work or a retry makes the actual percent fall. The shown one then stays, and what is left of
 * the bar stands for what is left to do.
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

/** Each file weighs the same; ended work is done, however it ended. */
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
  /** Set when all of it belongs to one knowledge base. */
  knowledgeId: string | null;
  /** Where to look first: at what failed. */
  lookAt: string | null;
}

/** Adds ended sessions up. */
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

/** What weighs most of it: a failure, or else what went well. */
export function toneOf(
  { ready, failed, cancelled, jobs = [] }: Pick<Summary, 'ready' | 'failed' | 'cancelled' | 'jobs'>,
): 'done' | 'failed' | 'cancelled' {
  const ends = jobs.map(({ status }) => status);
  if (failed > 0 || ends.includes('error')) return 'failed';
  if (ready > 0 || ends.includes('completed')) return 'done';
  return cancelled > 0 || ends.includes('cancelled') ? 'cancelled' : 'done';
}
