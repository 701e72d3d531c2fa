/**
 * Resumable uploads: the tus protocol, version 1.0, and the list of files still to be sent.
 *
 * @module
 */
import { Id } from '#contract/bounds.ts';
import { AppError } from '#contract/error.ts';
import { type Message, message } from '#contract/messages/catalogue.ts';
import type { ProblemCode } from '#contract/problem.ts';
import { PendingUploads, UPLOAD_PREFIX_DIGEST } from '#contract/uploads.ts';
import { ERRORS } from '@tus/server';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { mayAccessSession } from '../access/permissions.ts';
import { pendingUploads } from '../queue/uploads.ts';
import { CHECKSUM_ALGORITHMS, withChecksum } from '../uploads/checksum.ts';
import { withPrefixDigest } from '../uploads/prefix.ts';
import { watchBody } from '../uploads/watched-body.ts';
import { check, operation } from './describe.ts';
import { headOnly } from './methods.ts';
import { UUID } from './parameters.ts';
import { AlreadyBegun } from './receive-upload.ts';
import type { Answer } from './resumable.ts';
import type { Env, Services } from './services.ts';

const TUS = 'https://tus.io/protocols/resumable-upload';
const VERSION = '1.0.0';
const BYTES = 'application/offset+octet-stream';

/** Routes below `/uploads`. */
export function uploadRoutes(services: Services): Hono<Env> {
  const { db, uploads } = services;
  const answer = (c: Context<Env>) => answerTus(c, services);
  return new Hono<Env>()
    .get(
      '/',
      operation({
        tag: 'Uploads',
        summary: 'Files that the asker has announced and not yet sent whole',
        description: 'What a page offers to go on with after a reload, or on another device.',
        answers: { 200: { schema: PendingUploads, as: 'Newest session first' } },
        problems: ['invalid'],
      }),
      check('query', v.object({ knowledge_id: v.optional(Id) })),
      async (c) =>
        c.json({
          items: await pendingUploads(db.orm, {
            userId: c.get('actor').id,
            visible: mayAccessSession(c.get('actor'), 'read'),
            knowledgeId: c.req.valid('query').knowledge_id,
            expirySeconds: uploads.expirySeconds,
          }),
        }),
    )
    .post(
      '/',
      describeTus('Begin a resumable upload', CREATION, 201, 'Location is its address'),
      answer,
    )
    .options('/', describeTus('What of tus is spoken here', SPOKEN, 204, 'Tus-Extension'), answer)
    .options(
      '/:id',
      describeTus('What of tus is spoken here', SPOKEN, 204, 'Tus-Extension'),
      answer,
    )
    .get(
      '/:id',
      describeTus('How much of an upload is here (HEAD)', OFFSET, 200, 'Upload-Offset'),
      headOnly,
      answer,
    )
    .patch('/:id', describeTus('Send more of an upload', APPENDING, 204, 'Upload-Offset'), answer)
    .delete(
      '/:id',
      describeTus('End an upload and cancel its file', ENDING, 204, 'It is gone'),
      answer,
    )
    .post(
      '/:id',
      describeTus('What X-HTTP-Method-Override says', OVERRIDING, 204, 'As for that method'),
      answer,
    );
}

const CREATION =
  'tus 1.0 with creation, creation-with-upload, expiration, termination and, where ' +
  'bytes are stored on disk, checksum. `Upload-Metadata` holds the `job_id` of an announced file, ' +
  'or `knowledge_id`, `filename`, `filetype` and `language` for a session of its own. 409 with ' +
  'Location where the announced file is being sent already.';
const SPOKEN = 'Version, extensions and the size allowed.';
const OVERRIDING = 'For clients that can send neither PATCH nor DELETE.';
const OFFSET = 'The answer to HEAD; `Upload-Offset` is where to go on.';
const APPENDING = 'The body goes on at `Upload-Offset`. 409 where that is not the end, 423 while ' +
  'another sender (`Upload-Sender`) sends it. With `Upload-Prefix-Digest` (`sha256` and, in ' +
  'Base64, the SHA-256 of the SHA-256s of the blocks of 8 MiB before the offset; longer blocks ' +
  'above 80 GB) another file is refused with 409 `upload_mismatch`. The answer to the last byte says by Content-Location ' +
  'which file it has become.';
const ENDING =
  'Its bytes are removed at once. Its file is cancelled where the asker may cancel it in ' +
  'its session; otherwise it is awaited further.';

function describeTus(
  summary: string,
  description: string,
  status: number,
  as: string,
): ReturnType<typeof operation> {
  return operation({
    tag: 'Uploads',
    summary,
    description: `${description} See ${TUS}`,
    answers: { [status]: { schema: null, as } },
    problems: [
      'bad_request',
      'upload_not_found',
      'conflict',
      'upload_gone',
      'precondition_failed',
      'too_large',
      'unsupported_media_type',
      'invalid',
      'upload_locked',
      'upload_stalled',
      'checksum_mismatch',
      'insufficient_storage',
    ],
  });
}

async function answerTus(c: Context<Env>, services: Services): Promise<Response> {
  const method = meantMethod(c.req.raw);
  c.header('tus-resumable', VERSION);
  if (method === 'PATCH' && c.req.raw.headers.get('content-type') !== BYTES) {
    throw new AppError('unsupported_media_type', message('bytes_needed', { media_type: BYTES }));
  }
  const { response, failure } = await withChecksum(
    c.req.raw.headers.get('upload-checksum'),
    () =>
      withPrefixDigest(
        c.req.raw.headers.get(UPLOAD_PREFIX_DIGEST),
        () => answerInSlot(c, services, method),
      ),
  );
  if (response.ok) return method === 'OPTIONS' ? withAlgorithms(response) : response;
  if (failure instanceof AlreadyBegun) c.header('location', failure.location);
  if (response.status === 412) c.header('tus-version', VERSION);
  throw await refusal(response, failure);
}

/**
 * Handles an upload within a slot of its user: receiving can take long, so concurrent requests are
 * limited.
 */
async function answerInSlot(
  c: Context<Env>,
  { uploads, uploadSlots, uploadIdleMs }: Services,
  method: string,
): Promise<Answer> {
  const { headers, body } = c.req.raw;
  const actor = c.get('actor');
  const url = canonicalUrl(c.req.raw);
  // A request that overrides its method to HEAD may have a body, which HEAD must not have.
  if (!body || method === 'HEAD') {
    return await uploads.answer(new Request(url, { method, headers }), actor);
  }
  const slot = uploadSlots.take(actor.id);
  const watched = watchBody(body, { ...slot, idleMs: uploadIdleMs, onBreak: 'end' });
  try {
    const request = new Request(url, { method, headers, body: watched.body });
    const { response, failure } = await uploads.answer(request, actor);
    const { reason } = watched;
    if (!reason || (failure && failure !== ERRORS.ABORTED)) return { response, failure };
    return { response: new Response(null, { status: reason.status }), failure: reason };
  } finally {
    watched.discard();
    slot.leave();
  }
}

/**
 * The canonical address of an upload. Its lock, bytes and hashes are keyed by the id as text, its
 * row by the UUID, which may also be written in capitals. A query is no part of the id.
 */
function canonicalUrl({ url }: Request): URL {
  const { origin, pathname } = new URL(url);
  const at = pathname.lastIndexOf('/') + 1;
  const id = pathname.slice(at);
  return new URL(pathname.slice(0, at) + (UUID.test(id) ? id.toLowerCase() : id), origin);
}

/**
 * Returns the overridden method, for clients that cannot send every method (tus 1.0,
 * X-HTTP-Method-Override).
 */
function meantMethod(request: Request): string {
  const meant = request.headers.get('x-http-method-override')?.toUpperCase() ?? '';
  const overrides = request.method === 'POST' && ['PATCH', 'DELETE', 'HEAD'].includes(meant);
  return overrides ? meant : request.method;
}

function withAlgorithms(response: Response): Response {
  if (response.headers.get('tus-extension')?.includes('checksum')) {
    response.headers.set('tus-checksum-algorithm', CHECKSUM_ALGORITHMS.join(','));
  }
  return response;
}

/** Problem by status of the tus server's refusals; `said` is its own text. */
const REFUSALS: Readonly<Record<number, readonly [ProblemCode, (said: string) => Message]>> = {
  400: ['bad_request', (said) => message('tus_invalid', { said })],
  403: ['bad_request', (said) => message('tus_header_missing', { said })],
  404: ['upload_not_found', () => message('upload_unknown')],
  409: ['conflict', () => message('tus_offset')],
  410: ['upload_gone', () => message('tus_expired')],
  412: ['precondition_failed', () => message('tus_version')],
  413: ['too_large', () => message('tus_too_large')],
  501: ['bad_request', (said) => message('tus_extension', { said })],
};

async function refusal(response: Response, failure: unknown): Promise<unknown> {
  // The connection broke, the same sender preempted it, or the server stops.
  if (failure === ERRORS.ABORTED) {
    return new AppError('unavailable', message('upload_broken_off'), { retryAfterSeconds: 1 });
  }
  const byServer = typeof (failure as { status_code?: unknown } | null)?.status_code === 'number';
  if (failure instanceof Error && !byServer) return failure;
  const said = (await response.text()).trim();
  const [code, reasonOf] = REFUSALS[response.status] ?? [];
  if (!code || !reasonOf) {
    return new Error(`The tus server answered ${response.status}: ${said}`);
  }
  return new AppError(code, reasonOf(said));
}
