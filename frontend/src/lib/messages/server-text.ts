/**
 * Chooses between the server's own words and those of the page's language. Pure.
 *
 * @module
 */
import { describeNotice, type NoticeDocument } from '#contract/notices.ts';
import { ApiError, errorText } from '../api/api-error.ts';
import type { Messages } from './index.ts';

/** Why a file failed: the server's reason, or its code in words where that is another language. */
export function failureText(
  messages: Messages,
  code: string | null,
  reason: string | null,
): string {
  const { failures, speaksServer } = messages.server;
  const inWords = code !== null && code in failures
    ? failures[code as keyof typeof failures]
    : undefined;
  const chosen = speaksServer ? reason ?? inWords : inWords ?? reason;
  return chosen ?? messages.failedWithoutReason;
}

/** What went wrong with a call. */
export function problemText(messages: Messages, error: unknown): string {
  const { problems, speaksServer } = messages.server;
  if (speaksServer || !(error instanceof ApiError)) return errorText(error);
  const known: string | undefined = (problems as Record<string, string>)[error.code];
  return known ?? error.detail;
}

/** A notice; in English where this page does not know its code. */
export function noticeText(messages: Messages, notice: NoticeDocument): string {
  const known = notice.code in messages.notices.of;
  return known ? describeNotice(notice, messages.notices.of) : notice.message;
}
