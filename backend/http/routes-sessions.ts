/**
 * Listing and controlling sessions.
 *
 * @module
 */
import { Id } from '#contract/bounds.ts';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { SessionAction } from '#contract/paths.ts';
import { type Priority, SESSION_STATUSES, SessionStatusDocument } from '#contract/progress.ts';
import { Promotion } from '#contract/queue.ts';
import { SessionAccepted, SessionFiles, SessionList } from '#contract/sessions.ts';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { requireAccess, sessionScope } from '../access/permissions.ts';
import {
  CURSOR,
  listSessions,
  MOST_CURSOR_LENGTH,
  type SessionScope,
} from '../progress/history.ts';
import type { RetrySelection } from '../progress/jobs.ts';
import { readSessions } from '../progress/read.ts';
import { readSessionFiles } from '../progress/session-files.ts';
import { check, operation } from './describe.ts';
import { UUID, whole } from './parameters.ts';
import type { Env, Services } from './services.ts';
import { again } from './routes-start-sessions.ts';

const ListQuery = v.object({
  knowledge_id: v.optional(Id),
  live: v.optional(v.picklist(['true', 'false'])),
  files: v.optional(v.picklist(['true', 'false'])),
  mine: v.optional(v.picklist(['true', 'false'])),
  status: v.optional(v.picklist(SESSION_STATUSES)),
  failed: v.optional(v.picklist(['true', 'false'])),
  limit: whole(1, 200, 50),
  offset: whole(0, 1_000_000, 0),
  cursor: v.optional(
    v.pipe(v.string(), v.maxLength(MOST_CURSOR_LENGTH), v.regex(CURSOR, 'must be a next_cursor')),
  ),
});
const FilesQuery = v.object({
  since: v.optional(
    v.pipe(v.string(), v.maxLength(22), v.regex(/^\d{1,12}(\.\d{1,9})?$/), v.transform(Number)),
  ),
  ids: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(4_000),
      v.transform((text) => text.split(',').filter(Boolean)),
      v.array(v.pipe(v.string(), v.maxLength(36), v.regex(UUID))),
      v.maxLength(100),
    ),
    '',
  ),
  limit: whole(1, 1000, 1000),
  offset: whole(0, 1_000_000, 0),
});
const ACTIONS: readonly SessionAction[] = ['cancel', 'pause', 'resume', 'retry'];

/** Routes below `/sessions`. */
export function sessionRoutes(services: Services): Hono<Env> {
  const routes = new Hono<Env>().get(
    '/',
    operation({
      tag: 'Sessions',
      summary: 'Sessions that the asker may see, newest first',
      description:
        'With `live=true` those that have not ended: what another device resumes from. With ' +
        '`live=false` the history; `mine=true` leaves out those of others, `failed` asks for ' +
        'those with failed files or without. `cursor` is the `next_cursor` of the page before.',
      answers: { 200: { schema: SessionList, as: 'A page of sessions' } },
      problems: ['invalid'],
    }),
    check('query', ListQuery),
    async (c) => c.json(await list(c, services, c.req.valid('query'))),
  );
  routes.get(
    '/:id/files',
    operation({
      tag: 'Sessions',
      summary: 'The files of a session, or those of them that have changed',
      description: 'In the order in which they were named. `since` takes the `cursor` of an ' +
        'earlier answer; `ids` names jobs to be told of in any case.',
      answers: { 200: { schema: SessionFiles, as: 'A page of 1,000 at most' } },
      problems: ['invalid', 'session_not_found'],
    }),
    check('query', FilesQuery),
    async (c) => {
      const id = c.req.param('id');
      await requireAccess(services.db.orm, c.get('actor'), 'session', id, 'read');
      const { since = null, ...query } = c.req.valid('query');
      return c.json(await readSessionFiles(services.db.orm, id, { since, ...query }));
    },
  );
  routes.post(
    '/:id/retry-failed',
    operation({
      tag: 'Sessions',
      summary: 'Retry what failed of a session, and leave what was cancelled',
      answers: { 200: { schema: SessionStatusDocument, as: 'The session afterwards' } },
      problems: ['session_not_found', 'conflict'],
    }),
    (c) => command(c, services, 'retry', { sessionId: c.req.param('id'), failed: 'any' }),
  );
  for (const action of ACTIONS) {
    const describe = (what: string) =>
      operation({
        tag: 'Sessions',
        summary: `${action[0]?.toUpperCase()}${action.slice(1)} ${what}`,
        answers: { 200: { schema: SessionStatusDocument, as: 'The session afterwards' } },
        problems: ['session_not_found', 'conflict'],
      });
    routes.post(
      `/:id/${action}`,
      describe('a session'),
      (c) => command(c, services, action, { sessionId: c.req.param('id') }),
    );
    routes.post(
      `/:id/files/:job_id/${action}`,
      describe('one file of a session'),
      (c) => command(c, services, action, fileOf(c)),
    );
  }
  return routes
    .post(
      '/:id/again',
      operation({
        tag: 'Sessions',
        summary: 'Run a session again',
        description:
          'A new session of high priority for the files of this one that are still here. What is ' +
          'unchanged since it was read is not read again.',
        answers: { 202: { schema: SessionAccepted, as: 'Accepted; poll the address in Location' } },
        problems: ['session_not_found', 'conflict'],
      }),
      (c) => again(c, services, c.req.param('id')),
    )
    .post(
      '/:id/priority',
      promotion('Give a session a priority, higher or lower'),
      check('json', Promotion),
      (c) => {
        const { priority } = c.req.valid('json');
        return command(c, services, 'prioritise', { sessionId: c.req.param('id') }, priority);
      },
    )
    .post(
      '/:id/files/:job_id/priority',
      promotion('Give one file of a session a priority, higher or lower'),
      check('json', Promotion),
      (c) => command(c, services, 'prioritise', fileOf(c), c.req.valid('json').priority),
    )
    .post(
      '/:id/promote',
      promotion('Raise the priority of a session'),
      check('json', Promotion),
      (c) => {
        const { priority } = c.req.valid('json');
        return command(c, services, 'promote', { sessionId: c.req.param('id') }, priority);
      },
    )
    .post(
      '/:id/files/:job_id/promote',
      promotion('Raise the priority of one file of a session'),
      check('json', Promotion),
      (c) => command(c, services, 'promote', fileOf(c), c.req.valid('json').priority),
    );
}

const promotion = (summary: string) =>
  operation({
    tag: 'Sessions',
    summary,
    answers: { 200: { schema: SessionStatusDocument, as: 'The session afterwards' } },
    problems: ['invalid', 'session_not_found', 'conflict'],
  });

function list(
  c: Context<Env>,
  { db, staleSeconds }: Services,
  query: v.InferOutput<typeof ListQuery>,
): Promise<SessionList> {
  const wanted = sql.join([
    sql`true`,
    ...(query.knowledge_id ? [sql`s.knowledge_id = ${query.knowledge_id}`] : []),
    ...(query.mine === 'true' ? [sql`s.user_id = ${c.get('actor').id}`] : []),
    ...(query.status ? [sql`s.status = ${query.status}`] : []),
    ...(query.failed ? [query.failed === 'true' ? failed : sql`not ${failed}`] : []),
    ...(query.live === 'true' ? [sql`s.finished_at is null`] : []),
    ...(query.live === 'false' ? [sql`s.finished_at is not null`] : []),
  ], sql` and `);
  const options = { files: query.files === 'true', staleSeconds };
  const { limit, offset, cursor } = query;
  const scope = scopeOf(c, query);
  return listSessions(db.orm, scope, wanted, options, { limit, offset, after: cursor });
}

const failed = sql`(s.failed_files > 0)`;

/**
 * Narrows the search: with one knowledge base, or only the actor's own, other scopes are skipped.
 */
function scopeOf(c: Context<Env>, query: v.InferOutput<typeof ListQuery>): SessionScope {
  const { visible, parts } = sessionScope(c.get('actor'));
  if (query.knowledge_id || !parts) return { visible, parts: null };
  return { visible, parts: query.mine === 'true' ? { ...parts, knowledge: null } : parts };
}

const fileOf = (c: Context<Env>): RetrySelection => ({
  sessionId: c.req.param('id') ?? '',
  jobId: c.req.param('job_id') ?? '',
});

async function command(
  c: Context<Env>,
  { db, control, staleSeconds }: Services,
  action: SessionAction | 'promote' | 'prioritise',
  selection: RetrySelection,
  priority: Priority = 'high',
): Promise<Response> {
  const { sessionId, jobId } = selection;
  await requireAccess(db.orm, c.get('actor'), 'session', sessionId, 'write');
  if (jobId !== undefined && !UUID.test(jobId)) {
    throw new AppError('file_not_found', message('unknown_file_of_session', { id: jobId }));
  }
  const changed = await control[action](selection, priority);
  if (changed === 0) throw new AppError('conflict', message('nothing_to_do', { command: action }));
  // Lets the client leave out thousands of files when it only prioritises one.
  const minimal = /\breturn=minimal\b/i.test(c.req.header('prefer') ?? '');
  const options = { files: !minimal, staleSeconds };
  const [status] = await readSessions(db.orm, sql`s.id = ${sessionId}`, options);
  if (status) return c.json(status);
  throw new AppError('session_not_found', message('session_cleared', { id: sessionId }));
}
