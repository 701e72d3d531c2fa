/**
 * Translates messages of the server into the language of the page. Pure.
 *
 * @module
 */
import { createFormatter } from '#contract/messages/catalogue.ts';
import { describeNotice } from '#contract/messages/notices.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { NoticeDocument } from '#contract/notices.ts';
import { ApiError, errorText } from '../api/api-error.ts';
import { PollingError } from '../polling/error.ts';
import type { Messages } from './index.ts';

/** A message in a document; older servers send the text alone. */
type Details = MessageDetails | null | undefined;

/** Text of a message; the server's own text for a code that this version does not know. */
export function messageText(
  { server }: Messages,
  details: Details,
  sent: string,
): string {
  return (details && createFormatter(server.texts)(details)) ?? sent;
}

/** Text of a message that is a parameter of another one. */
export const innerText = (messages: Messages, details: MessageDetails): string =>
  messageText(messages, details, details.code);

/** Reason of a file's failure: by its message, else by its code, else the server's text. */
export function failureText(
  messages: Messages,
  code: string | null,
  reason: string | null,
  details?: Details,
): string {
  const { failures, speaksServer, texts } = messages.server;
  // Text of a server without messages; a job of an app has only text.
  const isOld = details?.code === 'text' && !speaksServer && code !== 'job_failed';
  const inFull = details && !isOld ? createFormatter(texts)(details) : null;
  const byCode = code !== null && code in failures ? failures[code as keyof typeof failures] : null;
  const inShort = speaksServer ? reason ?? byCode : byCode ?? reason;
  return inFull ?? inShort ?? messages.failedWithoutReason;
}

/** Text for a failed call. */
export function problemText(messages: Messages, error: unknown): string {
  const { problems, speaksServer, texts } = messages.server;
  const isProblem = error instanceof ApiError || error instanceof PollingError;
  if (speaksServer || !isProblem) return errorText(error);
  const inFull = error.reason && createFormatter(texts)(error.reason);
  const byCode: string | undefined = (problems as Record<string, string>)[error.code];
  return inFull ?? byCode ?? errorText(error);
}

/** Text of a notice; in English where this page does not know its code. */
export function noticeText(messages: Messages, notice: NoticeDocument): string {
  const known = notice.code in messages.notices.of;
  return known ? describeNotice(notice, messages.notices.of) : notice.message;
}
