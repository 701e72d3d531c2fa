/**
 * Following progress: one session, many, clearing, and where the old SSE endpoint went.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { BatchStatus, Cleared, FINAL_STATUSES, SessionStatusDocument } from '#contract/progress.ts';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { mayAccessSession, requireAccess } from '../access/permissions.ts';
import { readSessions } from '../progress/read.ts';
import { conditional } from './conditional.ts';
import { check, operation } from './describe.ts';
import type { Env, Services } from './services.ts';

const flag = v.optional(v.picklist(['true', 'false', '1', '0']));
const isSet = (value: string | undefined) => value === 'true' || value === '1';
const idList = v.pipe(v.string(), v.minLength(1));
const idsOf = (
  list: string,
) => [...new Set(list.split(',').map((id) => id.trim()).filter(Boolean))];
const MOST_IDS = 200;
/** Seconds a request may wait for a change at most. */
const LONGEST_WAIT = 30;

export function progressRoutes(services: Services): Hono<Env> {
  return new Hono<Env>()
    .get(
      '/status',
      operation({
        tag: 'Progress',
        summary: 'Status of many sessions',
        description:
          `\`ids\` names up to ${MOST_IDS} sessions, separated by commas. \`files=true\` adds the ` +
          'files of all, `files=a,b` those of the sessions it names.',
        answers: {
          200: { schema: BatchStatus, as: 'The sessions found, and the ids not found' },
          304: { schema: null, as: 'Nothing changed since the ETag in If-None-Match' },
        },
        problems: ['invalid'],
      }),
      check('query', v.object({ ids: idList, files: v.optional(idList) })),
      (c) => batchStatus(c, services, c.req.valid('query')),
    )
    .get(
      '/:session_id/status',
      operation({
        tag: 'Progress',
        summary: 'Status of a session',
        description:
          'Answers from what the database knows, whatever process runs the work. `files=true` adds ' +
          'the files. `Prefer: wait=N` waits up to N seconds (30 at most) for a change since the ' +
          'ETag in If-None-Match. `Retry-After` says when to ask again.',
        answers: {
          200: { schema: SessionStatusDocument, as: 'The status' },
          304: { schema: null, as: 'Nothing changed since the ETag in If-None-Match' },
        },
        problems: ['session_not_found'],
      }),
      check('query', v.object({ files: flag })),
      (c) => oneStatus(c, services, c.req.param('session_id'), c.req.valid('query')),
    )
    .delete(
      '/:session_id',
      operation({
        tag: 'Progress',
        summary: 'Clear a session',
        description: 'What still runs of it is cancelled first. Afterwards its status is 404.',
        answers: { 200: { schema: Cleared, as: 'Cleared' } },
        problems: ['session_not_found'],
      }),
      (c) => clear(c, services, c.req.param('session_id')),
    )
    .get(
      '/:session_id',
      operation({
        tag: 'Progress',
        summary: 'The old SSE endpoint (deprecated)',
        description:
          'Always 410, which makes an EventSource stop for good. Poll the address in `Link`.',
        answers: {},
        problems: ['endpoint_deprecated'],
      }),
      (c) => deprecated(c, c.req.param('session_id')),
    );
}

async function oneStatus(
  c: Context<Env>,
  services: Services,
  id: string,
  query: { files?: string | undefined },
): Promise<Response> {
  const { db, changes, staleSeconds } = services;
  const read = async () => {
    const visible = sql`s.id = ${id} and ${mayAccessSession(c.get('actor'), 'read')}`;
    const [status] = await readSessions(db.orm, visible, {
      files: isSet(query.files),
      staleSeconds,
    });
    if (status) return status;
    throw new AppError('session_not_found', `There is no such session, or it was cleared: ${id}`);
  };
  const wait = preferredWait(c.req.header('prefer'));
  const watcher = wait > 0 ? changes.watch([id]) : null;
  try {
    let status = await read();
    let answer = conditional(c, status, hintsOf([status]));
    if (watcher && answer.status === 304 && !FINAL_STATUSES.includes(status.status)) {
      await watcher.next(wait * 1000);
      status = await read();
      answer = conditional(c, status, hintsOf([status]));
    }
    if (wait > 0) answer.headers.set('preference-applied', `wait=${wait}`);
    return answer;
  } finally {
    watcher?.close();
  }
}

/** Seconds of `Prefer: wait=N` (RFC 7240), 0 without one. */
function preferredWait(prefer: string | undefined): number {
  const seconds = Number(/(?:^|[,;\s])wait=(\d{1,4})/i.exec(prefer ?? '')?.[1] ?? 0);
  return Math.min(LONGEST_WAIT, seconds);
}

async function batchStatus(
  c: Context<Env>,
  { db, staleSeconds }: Services,
  query: { ids: string; files?: string | undefined },
): Promise<Response> {
  const ids = idsOf(query.ids);
  if (ids.length > MOST_IDS) {
    throw new AppError('invalid', `Ask for ${MOST_IDS} sessions at most; these are ${ids.length}`);
  }
  const condition = sql`s.id = any(${sql.param(ids)}::text[])
    and ${mayAccessSession(c.get('actor'), 'read')}`;
  const sessions = await readSessions(db.orm, condition, {
    files: filesWanted(query.files),
    staleSeconds,
  });
  const found = new Set(sessions.map((status) => status.session_id));
  const missing = ids.filter((id) => !found.has(id));
  return conditional(c, { sessions, missing } satisfies BatchStatus, hintsOf(sessions));
}

/** Of all sessions, of none, or of those that are named. */
function filesWanted(files = 'false'): boolean | readonly string[] {
  return ['true', '1', 'false', '0'].includes(files) ? isSet(files) : idsOf(files);
}

async function clear(c: Context<Env>, services: Services, id: string): Promise<Response> {
  await requireAccess(services.db.orm, c.get('actor'), 'session', id, 'write');
  if (!(await services.control.clear(id))) {
    throw new AppError('session_not_found', `There is no such session, or it was cleared: ${id}`);
  }
  return c.json({ message: 'Progress data cleared successfully' } satisfies Cleared);
}

function deprecated(c: Context<Env>, id: string): never {
  const address = `${API_BASE}${paths.sessionStatus(id)}`;
  c.header('link', `<${address}>; rel="successor-version"`);
  c.header('deprecation', '@1767225600');
  throw new AppError(
    'endpoint_deprecated',
    `Progress is no longer streamed from here. Poll ${address} instead, once a second`,
  );
}

/** Headers that tell a client when to ask again. */
function hintsOf(sessions: readonly SessionStatusDocument[]): Record<string, string> {
  const live = sessions.filter((status) => !FINAL_STATUSES.includes(status.status));
  if (live.length === 0) return {};
  const soonest = Math.min(...live.map((status) => status.retry_after_ms));
  return { 'retry-after': `${Math.max(1, Math.ceil(soonest / 1000))}` };
}
