/**
 * Progress: one session, several, clearing, and the redirect of the old SSE endpoint.
 *
 * @module
 */
import { MOST_ID_LENGTH } from '#contract/bounds.ts';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { BatchStatus, Cleared, SessionStatusDocument } from '#contract/progress.ts';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { requireAccess } from '../access/permissions.ts';
import type { Wanted } from '../progress/read.ts';
import { check, operation } from './describe.ts';
import { answerHeld } from './held.ts';
import type { Env, Services } from './services.ts';
import { existing, StatusAnswer } from './status-answer.ts';

const flag = v.optional(v.picklist(['true', 'false', '1', '0']));
const isSet = (value: string | undefined) => value === 'true' || value === '1';
const MOST_IDS = 200;
const idList = v.pipe(v.string(), v.minLength(1), v.maxLength(MOST_IDS * (MOST_ID_LENGTH + 1)));
const idsOf = (
  list: string,
) => [...new Set(list.split(',').map((id) => id.trim()).filter(Boolean))];

export function progressRoutes(services: Services): Hono<Env> {
  return new Hono<Env>()
    .get(
      '/status',
      operation({
        tag: 'Progress',
        summary: 'Status of many sessions',
        description:
          `\`ids\` names up to ${MOST_IDS} sessions, separated by commas. \`files=true\` adds the ` +
          'files of all, `files=a,b` those of the sessions it names. Waiting and `Retry-After` are as ' +
          'for one session; any of them ends the wait.',
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
          'Answers from what the database knows, whatever process runs the work: what another one ' +
          'changes is told within 300 ms. `files=true` adds ' +
          'the files. `Prefer: wait=N` waits up to N seconds (30 at most) for a change since the ' +
          'ETag in If-None-Match; with `Prefer: wait=N; until=step` only a change of the step, not ' +
          'every percent, ends the wait. `Retry-After` is for pollers at a fixed pace, ' +
          '`retry_after_ms` for adaptive ones: a quarter of the time to what comes next, 1 to 10 s. ' +
          'Both grow while the server is under load.',
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

function oneStatus(
  c: Context<Env>,
  services: Services,
  id: string,
  query: { files?: string | undefined },
): Promise<Response> {
  const wanted = [{ id, files: isSet(query.files) }];
  return answerHeld(c, services, async () => {
    const answer = await look(c, services, wanted, null);
    if (!answer.isGone) return answer;
    throw new AppError('session_not_found', message('unknown_session', { id }));
  });
}

async function batchStatus(
  c: Context<Env>,
  services: Services,
  query: { ids: string; files?: string | undefined },
): Promise<Response> {
  const ids = idsOf(query.ids);
  if (ids.length > MOST_IDS) {
    throw new AppError('invalid', message('too_many_ids', { most: MOST_IDS, ids: ids.length }));
  }
  const files = filesWanted(query.files);
  const wanted = ids.map((id) => ({
    id,
    files: typeof files === 'boolean' ? files : files.includes(id),
  }));
  return await answerHeld(c, services, () => look(c, services, wanted, ids));
}

/** Looks up sessions on the board, and which of them the actor may read. */
async function look(
  c: Context<Env>,
  { board, rights }: Services,
  wanted: readonly Wanted[],
  asked: readonly string[] | null,
): Promise<StatusAnswer> {
  if (wanted.some(({ id }) => id.includes('\0'))) {
    throw new AppError('invalid', message('unstorable_id'));
  }
  const entries = await board.read(wanted);
  const signedIn = c.get('signIn') !== undefined;
  const readable = await rights.readable(c.get('actor'), existing(entries), signedIn);
  return new StatusAnswer(entries, readable, asked);
}

/** True for the files of all sessions, false for none, or the ids of some. */
function filesWanted(files = 'false'): boolean | readonly string[] {
  return ['true', '1', 'false', '0'].includes(files) ? isSet(files) : idsOf(files);
}

async function clear(c: Context<Env>, services: Services, id: string): Promise<Response> {
  await requireAccess(services.db.orm, c.get('actor'), 'session', id, 'write');
  if (!(await services.control.clear(id))) {
    throw new AppError('session_not_found', message('unknown_session', { id }));
  }
  return c.json({ message: 'Progress data cleared successfully' } satisfies Cleared);
}

function deprecated(c: Context<Env>, id: string): never {
  const address = `${API_BASE}${paths.sessionStatus(id)}`;
  c.header('link', `<${address}>; rel="successor-version"`);
  c.header('deprecation', '@1767225600');
  throw new AppError('endpoint_deprecated', message('stream_replaced', { address }));
}
