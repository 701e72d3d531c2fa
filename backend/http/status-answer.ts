/**
 * The answer to a status poll, composed from sessions on the board.
 *
 * @module
 */
import type { BatchStatus } from '#contract/progress.ts';
import type { Owned } from '../access/rights.ts';
import type { Entry } from '../progress/board.ts';
import { digest, type Snapshot } from '../progress/snapshot.ts';
import { sortedTag } from './conditional.ts';

/** Parts of a response, used with or without its body. */
export interface Composed {
  readonly body: string;
  readonly etag: string;
  /** Seconds until the next poll; null where all sessions have ended. */
  readonly retryAfter: number | null;
}

/** Answer for the requested sessions. */
export class StatusAnswer {
  /** Sessions that existed when read access was checked. */
  readonly judged: readonly Owned[];

  /**
   * @param entries the requested sessions
   * @param readable ids of those that exist and that the actor may read
   * @param asked the ids of a batch, in their order; null for one session alone
   */
  constructor(
    readonly entries: readonly Entry[],
    readonly readable: ReadonlySet<string>,
    readonly asked: readonly string[] | null,
  ) {
    this.judged = existing(entries);
  }

  /** True if the access check covers all sessions that exist now. */
  get isCurrent(): boolean {
    const now = existing(this.entries);
    return now.length <= this.judged.length &&
      now.every(({ id, ownerId }) =>
        this.judged.some((each) => each.id === id && each.ownerId === ownerId)
      );
  }

  /** Readable sessions, in the order of the response. */
  get snapshots(): Snapshot[] {
    const found = this.entries.flatMap(({ id, snapshot }) =>
      snapshot && this.readable.has(id) ? snapshot : []
    );
    return found.length > 1 ? found.sort(newestFirst) : found;
  }

  /** True if the only session no longer exists. */
  get isGone(): boolean {
    return this.asked === null && this.snapshots.length === 0;
  }

  get isOver(): boolean {
    return this.snapshots.every((snapshot) => snapshot.isOver);
  }

  /** Steps of all sessions: a change is to reach pollers at once. */
  get sort(): string {
    return this.snapshots.map(({ step }) => step).join('\n');
  }

  /** A weak tag, because it ignores the load: changes of load are no change of a session. */
  get etag(): string {
    const found = this.snapshots;
    const tag = this.asked === null
      ? found[0]?.tag ?? ''
      : digest([...found.map((snapshot) => snapshot.tag), ...this.#missing(found)].join('\n'));
    return `W/${sortedTag(this.sort, tag)}`;
  }

  compose(load: number): Composed {
    const found = this.snapshots;
    const texts = found.map((snapshot) => snapshot.text(load));
    const waits = found.flatMap((snapshot) => snapshot.retryAfter(load) ?? []);
    return {
      body: this.asked === null ? texts[0] ?? '' : batch(texts, this.#missing(found)),
      etag: this.etag,
      retryAfter: waits.length > 0 ? Math.min(...waits) : null,
    };
  }

  #missing(found: readonly Snapshot[]): BatchStatus['missing'] {
    const there = new Set(found.map(({ read }) => read.status.session_id));
    return (this.asked ?? []).filter((id) => !there.has(id));
  }
}

/** Existing sessions with their owners. */
export function existing(entries: readonly Entry[]): Owned[] {
  return entries.flatMap(({ id, snapshot }) => {
    if (!snapshot) return [];
    const { ownerId, status } = snapshot.read;
    return { id, ownerId, knowledgeId: status.knowledge_id };
  });
}

/** A {@link BatchStatus}. */
const batch = (texts: readonly string[], missing: readonly string[]) =>
  `{"sessions":[${texts.join(',')}],"missing":${JSON.stringify(missing)}}`;

function newestFirst(one: Snapshot, other: Snapshot): number {
  const [a, b] = [one.read.status, other.read.status];
  return b.created_at - a.created_at || (a.session_id < b.session_id ? -1 : 1);
}
