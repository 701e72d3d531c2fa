/**
 * `clear-stale`: requeues sessions without a worker, or ends them as an error, now instead of at
 * the next sweep.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import { plural } from '#contract/messages/numbers.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { sql } from 'drizzle-orm';
import { sweep } from '../progress/sweep.ts';
import { type Arguments, type Command, numberOf, type Report } from './command.ts';
import { layTable } from './layout.ts';
import type { Place } from './place.ts';

/** A sweep takes a hundred random sessions; this many sweeps without a result end the command. */
const EMPTY_LOOKS = 3;

export const clearStale: Command = {
  name: 'clear-stale',
  about: 'Requeue, or end as an error, sessions that nobody works on any more',
  options: {
    seconds: { type: 'string', value: 'number', about: 'Without an update for so long' },
  },
  run: clear,
};

async function clear(place: Place, given: Arguments): Promise<Report> {
  const { db, queue, retentionSeconds } = place;
  const staleSeconds = numberOf(given, 'seconds', place.staleSeconds);
  const changed = new Set<string>();
  for (let empty = 0; empty < EMPTY_LOOKS;) {
    const found = await sweep(db, {
      ...queue,
      lostJobs: queue.lost,
      staleSeconds,
      retentionSeconds,
    });
    const fresh = found.filter((id) => !changed.has(id));
    for (const id of fresh) changed.add(id);
    empty = fresh.length === 0 ? empty + 1 : 0;
  }
  const sessions = await statesOf(place, [...changed]);
  const text = sessions.length === 0
    ? 'No stale sessions'
    : `${plural(sessions.length, 'session')} put right\n\n${
      layTable(['SESSION', 'NOW', 'BECAUSE'], sessions.map((row) => Object.values(row)))
    }`;
  return { data: { sessions }, text };
}

interface SessionState {
  [column: string]: string;
  id: string;
  status: string;
  message: string;
}

interface StoredState {
  [column: string]: unknown;
  id: string;
  status: string;
  message: MessageDetails;
}

async function statesOf({ db }: Place, ids: string[]): Promise<SessionState[]> {
  const rows = await db.orm.execute<StoredState>(sql`
    select id, status, message from headway.session
    where id = any(${sql.param(ids)}::text[]) order by created_at`);
  return rows.map(({ id, status, message }) => ({ id, status, message: formatMessage(message) }));
}
