/**
 * Reads what a failed answer says, whatever its shape.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';

export interface AnswerProblem {
  code: string;
  detail: string;
  status: number;
  /** `detail` as a code with parameters, where the server gave one. */
  reason: MessageDetails | undefined;
  /** Milliseconds the server asked to wait. */
  retryAfterMs: number | undefined;
}

/** By status. */
export type ProblemWords = Record<number, readonly [code: string, detail: string]>;

/** For answers that end things, wherever they come from. */
export const FINAL_WORDS: ProblemWords = {
  401: ['unauthenticated', 'You are not signed in. Sign in and try again.'],
  403: ['forbidden', 'You are not allowed to see or change this.'],
  404: ['not_found', 'This does not exist any more, or you may not see it.'],
};

/** Reads `application/problem+json`; an answer of any other kind gets words of our own. */
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

/** Milliseconds of a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
