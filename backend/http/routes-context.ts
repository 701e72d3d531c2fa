/**
 * Progress in context: all of the actor's work, one knowledge base, one file.
 *
 * @module
 */
import { GlobalProgress, JobProgress, KnowledgeProgress } from '#contract/context.ts';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { type SQL, sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import { mayAccessSession, requireAccess } from '../access/permissions.ts';
import { readContext, readJob } from '../progress/context.ts';
import { conditional } from './conditional.ts';
import { operation } from './describe.ts';
import { UUID } from './parameters.ts';
import type { Env, Services } from './services.ts';

const UNCHANGED = { schema: null, as: 'Nothing changed since the ETag in If-None-Match' };

/** Routes below `/progress` that must come before those of one session. */
export function contextRoutes(services: Services): Hono<Env> {
  return new Hono<Env>()
    .get(
      '/global',
      operation({
        tag: 'Progress',
        summary: "Progress of all of the asker's work",
        answers: { 200: { schema: GlobalProgress, as: 'What it adds up to' }, 304: UNCHANGED },
      }),
      (c) => {
        const actor = c.get('actor');
        const own = sql`s.user_id = ${actor.id} and ${mayAccessSession(actor, 'read')}`;
        return sums(c, services, own);
      },
    )
    .get(
      '/knowledge/:id',
      operation({
        tag: 'Progress',
        summary: 'Progress of a knowledge base, whoever started it',
        answers: { 200: { schema: KnowledgeProgress, as: 'What it adds up to' }, 304: UNCHANGED },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        const id = c.req.param('id');
        await requireAccess(services.db.orm, c.get('actor'), 'knowledge', id, 'read');
        return await sums(c, services, sql`s.knowledge_id = ${id}`, { knowledge_id: id });
      },
    )
    .get(
      '/job/:id',
      operation({
        tag: 'Progress',
        summary: 'Progress of one file of a session',
        answers: { 200: { schema: JobProgress, as: 'The file' }, 304: UNCHANGED },
        problems: ['file_not_found'],
      }),
      (c) => oneJob(c, services, c.req.param('id')),
    );
}

async function sums(
  c: Context<Env>,
  { db, staleSeconds }: Services,
  condition: SQL,
  about: Record<string, string> = {},
): Promise<Response> {
  const progress = await readContext(db.orm, condition, staleSeconds);
  const wait = { 'retry-after': progress.live.length > 0 ? '1' : '10' };
  return conditional(c, { ...about, ...progress }, wait);
}

async function oneJob(c: Context<Env>, { db }: Services, id: string): Promise<Response> {
  const seen = UUID.test(id) && await mayRead(c, db, id);
  const job = seen ? await readJob(db.orm, id) : null;
  if (job) return conditional(c, job);
  throw new AppError('file_not_found', message('job_not_shared', { id }));
}

async function mayRead(c: Context<Env>, db: Services['db'], jobId: string): Promise<boolean> {
  const rows = await db.orm.execute(sql`
    select 1 from headway.job j join headway.session s on s.id = j.session_id
    where j.id = ${jobId}::uuid and ${mayAccessSession(c.get('actor'), 'read')}`);
  return rows.length > 0;
}
