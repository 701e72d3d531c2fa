/**
 * Reads what a failed answer says, whatever its shape.
 *
 * @module
 */

export interface AnswerProblem {
  code: string;
  detail: string;
  status: number;
  /** Milliseconds the server asked to wait. */
  retryAfterMs: number | undefined;
}

const FALLBACKS: Record<number, readonly [code: string, detail: string]> = {
  401: ['unauthenticated', 'You are not signed in. Sign in and try again.'],
  403: ['forbidden', 'You are not allowed to see or change this.'],
  404: ['not_found', 'This does not exist any more, or you may not see it.'],
  409: ['conflict', 'This does not go together with what is happening right now.'],
  413: ['too_large', 'This is too large.'],
  429: ['too_many_requests', 'Too many requests. Try again in a moment.'],
  503: ['unavailable', 'The server is not available right now. Try again in a moment.'],
};

/** Reads `application/problem+json`; an answer of any other kind gets words of our own. */
export async function readProblem(response: Response, nowMs: number): Promise<AnswerProblem> {
  const [code, detail] = FALLBACKS[response.status] ??
    ['internal', `The server answered with an error (${response.status}).`];
  const body = await readObject(response);
  return {
    code: typeof body.code === 'string' ? body.code : code,
    detail: typeof body.detail === 'string' && body.detail !== '' ? body.detail : detail,
    status: response.status,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after'), nowMs),
  };
}

async function readObject(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

/** Milliseconds of a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
