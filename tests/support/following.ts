/**
 * Following a session as a poller does, and noticing when its progress stands still or goes back.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { Client } from './installation.ts';
import { MOST_MS } from './most-wait.ts';

export interface Followed {
  readonly last: SessionStatusDocument;
  /** Longest time that progress and message stayed as they were, while a file was read. */
  readonly longestStandMs: number;
  readonly polls: number;
}

export interface FollowOptions {
  /** Ends the following. */
  readonly until: (status: SessionStatusDocument) => boolean;
  /** @default 100 */
  readonly everyMs?: number;
  /** Gives up after this long. @default MOST_MS */
  readonly ms?: number;
}

/** Throws as soon as the session's progress, or that of one of its files, goes back. */
export async function follow(
  client: Pick<Client, 'status'>,
  sessionId: string,
  { until, everyMs = 100, ms = MOST_MS }: FollowOptions,
): Promise<Followed> {
  const deadline = performance.now() + ms;
  let before: SessionStatusDocument | null = null;
  let movedAt = performance.now();
  let longestStandMs = 0;
  for (let polls = 1;; polls++) {
    const now = await client.status(sessionId);
    if (before) expectForward(before, now);
    const moved = !before || before.progress !== now.progress || before.phase !== now.phase;
    const reads = now.phase === 'transcribe' || now.phase === 'extract';
    if (!moved && reads) longestStandMs = Math.max(longestStandMs, performance.now() - movedAt);
    if (moved) movedAt = performance.now();
    if (until(now)) return { last: now, longestStandMs, polls };
    if (performance.now() > deadline) {
      throw new Error(`The session did not get there: ${JSON.stringify(now)}`);
    }
    before = now;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function expectForward(before: SessionStatusDocument, now: SessionStatusDocument): void {
  if (before.attempt !== now.attempt) return;
  const back = [
    ...(now.progress < before.progress ? [`${before.progress} to ${now.progress}`] : []),
    ...(now.processed_files < before.processed_files ? ['files processed'] : []),
    ...(now.files ?? []).filter((file, at) => file.progress < (before.files?.[at]?.progress ?? 0))
      .map((file) => file.name),
  ];
  if (back.length > 0) throw new Error(`Progress went back: ${back.join(', ')}`);
}
