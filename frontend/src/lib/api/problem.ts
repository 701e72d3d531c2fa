/**
 * Parses a failed response, whatever its format.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';

export interface AnswerProblem {
  code: string;
  detail: string;
  status: number;
  /** `detail` as a code with parameters, where the server sent one. */
  reason: MessageDetails | undefined;
  /** Milliseconds of the server's `Retry-After`. */
  retryAfterMs: number | undefined;
}

/** Code and message by status. */
export type ProblemWords = Record<number, readonly [code: string, detail: string]>;

/** Permanent failures, from any source. */
export const FINAL_WORDS: ProblemWords = {
  401: ['unauthenticated', 'You are not signed in. Sign in and try again.'],
  403: ['forbidden', 'You are not allowed to see or change this.'],
  404: ['not_found', 'This does not exist any more, or you may not see it.'],
};

/** Parses `application/problem+json`; any other content gets a message of `words`. */
export async function readProblem(
  response: Response,
  nowMs: number,
  words: ProblemWords = FINAL_WORDS,
): Promise<AnswerProblem> {
  const { status, headers } = response;
  const [code, detail] = words[status] ??
    ['internal', `The server answered with an error (${status}).`];
  const body: Partial<Record<string, unknown>> = await response.json().catch(() => null) ?? {};
  return {
    code: typeof body.code === 'string' ? body.code : code,
    detail: typeof body.detail === 'string' && body.detail ? body.detail : detail,
    status,
    reason: isMessage(body.reason) ? body.reason : undefined,
    retryAfterMs: retryAfterMs(headers.get('retry-after'), nowMs),
  };
}

const isMessage = (value: unknown): value is MessageDetails =>
  typeof (value as Partial<MessageDetails> | null)?.code === 'string' &&
  typeof (value as Partial<MessageDetails>).params === 'object';

/**
 * Returns the milliseconds of a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3).
 */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
