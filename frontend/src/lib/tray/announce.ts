/**
 * Screen reader announcements of work: start, each step once, quarter marks, end. Pure.
 *
 * @module
 */
import type { SessionStatusDocument, Step } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';

/** Subject of an announcement: a session, or all work when there are more than a few. */
export interface Subject {
  id: string;
  /** Null for all work. */
  session: SessionStatusDocument | null;
  files: number;
  /** 0–100 */
  progress: number;
  attempt: number;
}

export interface Announcement {
  kind: 'started' | 'step' | 'quarter' | 'ended';
  subject: Subject;
  /** 25, 50 or 75, for a quarter. */
  quarter: number;
}

interface Spoken {
  attempt: number;
  steps: ReadonlySet<Step>;
  quarter: number;
  ended: boolean;
  /** Time of this subject's last announcement, milliseconds. */
  at: number;
}

export type Announced = ReadonlyMap<string, Spoken>;

export interface Announcing {
  announced: Announced;
  announcements: Announcement[];
}

/** Maximum number of concurrent sessions that are announced one by one. */
const MOST_BY_NAME = 3;
/** Minimum milliseconds between steps and quarters of one subject. */
const MIN_GAP_MS = 4_000;
const ALL_WORK = 'all';

/** True if so many sessions are announced as one subject. */
export function isSpokenAsOne(count: number): boolean {
  return count > MOST_BY_NAME;
}

/**
 * Subjects: each session, or all work of `overall` percent; all work has none once it has ended.
 */
export function subjectsOf(
  sessions: readonly SessionStatusDocument[],
  overall: number | null,
): Subject[] {
  if (!isSpokenAsOne(sessions.length)) return sessions.map(subjectOf);
  if (overall === null) return [];
  const files = sessions.reduce((sum, { total_files }) => sum + total_files, 0);
  return [{ id: ALL_WORK, session: null, files, progress: overall, attempt: 1 }];
}

function subjectOf(session: SessionStatusDocument): Subject {
  return {
    id: session.session_id,
    session,
    files: session.total_files,
    progress: session.progress,
    attempt: session.attempt,
  };
}

/**
 * Returns the announcements since `previous`. It is null when the page has just been opened: work
 * already running is not announced. `at` in milliseconds.
 */
export function announce(
  previous: Announced | null,
  next: readonly Subject[],
  at: number,
): Announcing {
  const announced = new Map<string, Spoken>();
  const announcements: Announcement[] = [];
  for (const subject of next) {
    const known = previous?.get(subject.id);
    const spoken = known?.attempt === subject.attempt ? known : undefined;
    const [kind, after] = previous === null
      ? [null, register(subject, at)] as const
      : spoken === undefined
      ? ['started', register(subject, at)] as const
      : speakOf(subject, spoken, at);
    announced.set(subject.id, after);
    if (kind) announcements.push({ kind, subject, quarter: after.quarter });
  }
  return { announced, announcements };
}

const quarterOf = ({ progress }: Subject): number => Math.min(75, 25 * Math.floor(progress / 25));

const isEnded = ({ session }: Subject): boolean =>
  session !== null && FINAL_STATUSES.includes(session.status);

function register(subject: Subject, at: number): Spoken {
  const { phase = null } = subject.session ?? {};
  return {
    attempt: subject.attempt,
    steps: new Set(phase === null ? [] : [phase]),
    quarter: quarterOf(subject),
    ended: isEnded(subject),
    at,
  };
}

function speakOf(
  subject: Subject,
  spoken: Spoken,
  at: number,
): readonly [Announcement['kind'] | null, Spoken] {
  if (spoken.ended) return [null, spoken];
  if (isEnded(subject)) return ['ended', { ...spoken, ended: true, at }];
  if (at - spoken.at < MIN_GAP_MS) return [null, spoken];
  const quarter = quarterOf(subject);
  if (quarter > spoken.quarter) return ['quarter', { ...spoken, quarter, at }];
  const { phase = null } = subject.session ?? {};
  if (phase !== null && !spoken.steps.has(phase)) {
    return ['step', { ...spoken, steps: new Set([...spoken.steps, phase]), at }];
  }
  return [null, spoken];
}
