/**
 * The page that documents every problem code; `type` of a problem document links to it (RFC 9457,
 * section 3.1.1).
 *
 * @module
 */
import { FAILURE_TEXTS } from '#contract/failure-texts.ts';
import { FAILURES, type ProblemCode, PROBLEMS } from '#contract/problem.ts';
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { Env } from './services.ts';

/** Cause and remedy by problem code. */
const ADVICE: Readonly<Record<ProblemCode, string>> = {
  bad_request:
    'The request is not valid HTTP for this API, or its body is not valid JSON. Correct it; sending it again unchanged does not help.',
  unauthenticated:
    'The request has no token, or one that is expired or not valid. Sign in again and send the new token.',
  forbidden:
    'The account may not do this. Ask the owner of the knowledge base or file, or an administrator.',
  not_found: 'No route has this path. Compare it with the API description at /docs.',
  session_not_found:
    'The session does not exist, was cleared, or is not shared with the account. List the sessions with GET /api/v1/sessions.',
  job_kind_not_found:
    'No job of this kind is installed. List the kinds with GET /api/v1/jobs/kinds.',
  result_not_found: 'The session is not one of a job with a result.',
  analyzer_not_found: 'The analysis service has no analyzer with this id.',
  operation_not_found:
    'The analysis does not exist, has expired, or was started by someone else. Start it again.',
  knowledge_not_found: 'The knowledge base does not exist, or is not shared with the account.',
  file_not_found: 'The file does not exist, or is not shared with the account.',
  webhook_not_found: 'The webhook does not exist. List the webhooks with GET /api/v1/webhooks.',
  delivery_not_found: 'The delivery does not exist, or is older than the history that is kept.',
  upload_not_found: 'The upload does not exist or has expired. Create a new upload.',
  method_not_allowed:
    'The resource does not support this method. The header Allow lists those it does.',
  conflict:
    'The request does not fit the present state, for example because the file is being processed. Read the state again, then decide.',
  job_failed: 'The job ended with an error or was cancelled, and has no result. Start it again.',
  upload_paused: 'The upload is paused. Resume its file or session, then send the rest.',
  endpoint_deprecated:
    'The endpoint was replaced. The header Link names its successor; clients must stop using this one.',
  upload_mismatch:
    'The file differs from the one that the upload was announced or begun for. Send it as a new upload.',
  upload_stalled:
    'No byte of the upload arrived for too long, or a newer upload of the same account took its place. Continue a resumable upload from its offset.',
  upload_gone:
    'The upload was completed, cancelled or removed. Create a new upload if the file is needed.',
  precondition_failed:
    'A header that the request needs is missing or does not match, such as Tus-Resumable. Correct it.',
  too_large:
    'The body, file or list is larger than allowed. The detail names the limit; send less at once.',
  quota_exceeded:
    'The account has no storage left. Delete files, or ask an administrator for a higher limit.',
  unsupported_media_type:
    'The Content-Type or the kind of file is not supported. The detail names what is.',
  range_not_satisfiable: 'The requested range lies outside the file. Content-Range has its size.',
  invalid: 'A parameter or a field of the body is not valid. The member errors names each of them.',
  analysis_refused:
    'The analysis service rejected the file or the request. The detail has its reason.',
  upload_locked:
    'Another request is sending the same upload. Wait for the seconds in Retry-After, then continue.',
  too_many_requests:
    'The account has sent too many requests. Wait for the seconds in Retry-After, then continue.',
  checksum_mismatch: 'The bytes that arrived differ from their checksum. Send the chunk again.',
  internal:
    'The server failed unexpectedly. Give the operator the request id; the log has the cause under it.',
  analysis_failed: 'The analysis service could not finish. Start the analysis again.',
  unavailable:
    'The server or a service it depends on cannot be reached. Nothing is lost; try again after the seconds in Retry-After.',
  insufficient_storage:
    'The server has no space or no right to store more bytes. Ask its operator; a resumable upload continues afterwards from where it stopped.',
};

const STYLE = `body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; color-scheme: light dark } section:target { outline: 2px solid; padding: 0 1rem }`;

export function sendProblemsPage(c: Context<Env>): Response | Promise<Response> {
  const sections = Object.entries(PROBLEMS).map(([code, [status, title]]) =>
    html`
      <section id="${code}">
        <h2>${title}</h2>
        <p><code>${code}</code>, HTTP status ${status}</p>
        <p>${ADVICE[code as ProblemCode]}</p>
      </section>
    `
  );
  const failures = FAILURES.map((code) =>
    html`
      <dt id="${code}-failure"><code>${code}</code></dt>
      <dd>${FAILURE_TEXTS.en[code]}</dd>
    `
  );
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Problems of the Headway API</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <main><h1>Problems of the Headway API</h1>
    <p>Errors are <code>application/problem+json</code> (RFC 9457). <code>code</code> is stable,
    <code>detail</code> says what happened in this case.</p>
    ${sections}
    <h2>Files and jobs that failed</h2>
    <p>Their <code>error_code</code> says why.</p>
    <dl>${failures}</dl></main>
      </body>
    </html>
  `;
  return c.html(page, 200, {
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'cache-control': 'public, max-age=3600',
  });
}
