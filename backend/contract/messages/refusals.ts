/**
 * Messages of requests that are refused, beside those of {@link "./upload-refusals.ts"}.
 *
 * @module
 */
import { size } from './numbers.ts';
import type { MessageDetails, None, TextsOf } from './shape.ts';

type Subject = 'knowledge' | 'file' | 'session';
type Id = { readonly id: string };

/** Commands that may find nothing to do. */
export type Command = 'cancel' | 'pause' | 'resume' | 'retry' | 'promote' | 'prioritise';

/** A field of the input, and what is wrong with it in the words of the schema. */
export type Issue = { readonly path: string; readonly message: string };

export interface RefusalMessages {
  sign_in: None;
  token_without_user: None;
  sign_in_expired: None;
  sign_in_invalid: None;
  account_gone: None;
  account_inactive: None;
  identity_unchecked: None;
  only_local_user: None;
  only_localhost: { readonly host: string };
  only_localhost_direct: None;
  other_site: None;
  webhooks_for_administrators: None;
  queue_for_administrators: None;
  not_shared: { readonly subject: Subject; readonly id: string };
  read_only: { readonly subject: Subject };
  external_knowledge: None;
  only_owner_unlinks: None;
  quota_reached: { readonly most: number; readonly left: number; readonly needed: number };
  too_many_requests: { readonly per_minute: number; readonly seconds: number };
  no_route: { readonly path: string };
  wrong_method: { readonly path: string; readonly method: string; readonly allowed: string };
  only_head: None;
  wrong_host: None;
  json_needed: None;
  object_needed: None;
  body_too_large: { readonly megabytes: number };
  invalid_input: { readonly issues: readonly Issue[] };
  invalid_operation_id: None;
  operation_id_used: None;
  unstorable_text: None;
  unstorable_id: None;
  unexpected: { readonly request_id: string };
  gone_meanwhile: None;
  changed_meanwhile: None;
  database_busy: None;
  write_refused: None;
  database_unreachable: None;
  database_silent: None;
  /** `trouble`: what the database itself says. */
  database_restarting: { readonly trouble: string };
  database_full: { readonly free: string };
  storage_full: None;
  storage_denied: None;
  storage_absent: None;
  storage_silent: None;
  unknown_knowledge: Id;
  unknown_file: Id;
  unknown_files: { readonly ids: readonly string[]; readonly more: boolean };
  unknown_file_here: Id;
  unknown_file_of_session: Id;
  unknown_name: { readonly name: string };
  unknown_bytes: Id;
  unknown_session: Id;
  unknown_job: Id;
  unknown_job_kind: { readonly kind: string };
  unknown_webhook: Id;
  unknown_delivery: Id;
  unknown_analyzer: Id;
  unknown_operation: Id;
  job_not_shared: Id;
  session_cleared: Id;
  job_cleared: Id;
  job_cancelled: None;
  files_gone: None;
  too_many_files: { readonly most: number; readonly files: number };
  too_many_ids: { readonly most: number; readonly ids: number };
  nothing_to_do: { readonly command: Command };
  stream_replaced: { readonly address: string };
  knowledge_needed: None;
  no_analysis_service: None;
  no_analysis_setup: None;
  no_mails: None;
  no_mail_address: None;
  quiet_hours_incomplete: None;
  quiet_hours_empty: None;
  webhook_off: None;
  address_scheme: { readonly http: boolean };
  address_credentials: None;
  address_not_public: { readonly host: string };
  range_outside: { readonly bytes: number; readonly range: string };
  no_text_failed: { readonly reason: MessageDetails };
  /** Of a file that failed, where the reason is unknown. */
  not_processed: None;
  no_text_parts: None;
  no_text_yet: None;
  no_subtitles: None;
}

const SUBJECTS: Readonly<Record<Subject, string>> = {
  knowledge: 'knowledge base',
  file: 'file',
  session: 'session',
};

const NOTHING_TO: Readonly<Record<Command, string>> = {
  cancel: 'Nothing to cancel: it has ended already',
  pause: 'Nothing to pause: nothing waits or runs',
  resume: 'Nothing to resume: nothing is paused',
  retry: 'Nothing to retry: no file failed or was cancelled, or its bytes never arrived',
  promote: 'Nothing to promote: it has ended, or has that priority or a higher one already',
  prioritise: 'Nothing to change: it has ended, or has that priority already',
};

const SEND_AGAIN =
  'then send the file again; an upload that was begun goes on from where it stopped';

export const issueList = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => path ? `${path}: ${message}` : message).join('; ');

export const refusalsEnglish: TextsOf<RefusalMessages> = {
  sign_in: () => 'Please sign in',
  token_without_user: () => 'This token names no user. Please sign in again',
  sign_in_expired: () => 'Your sign-in has expired. Please sign in again',
  sign_in_invalid: () => 'Your sign-in is not valid. Please sign in again',
  account_gone: () => 'This account does not exist any more',
  account_inactive: () => 'Your account is not activated yet. Ask an administrator',
  identity_unchecked: () =>
    'Who you are cannot be checked at the moment. Nothing is lost; try again',
  only_local_user: () => 'Without AUTH_SECRET or AUTH_JWKS_URL nobody else is served',
  only_localhost: ({ host }) =>
    `Without AUTH_SECRET or AUTH_JWKS_URL this is served on localhost only, not as ${host}`,
  only_localhost_direct: () =>
    'Without AUTH_SECRET or AUTH_JWKS_URL this is served on localhost only, not through a proxy',
  other_site: () => 'This request came from a page of another site',
  webhooks_for_administrators: () => 'Only administrators see and change webhooks',
  queue_for_administrators: () => 'Only administrators see and steer the queue',
  not_shared: ({ subject, id }) =>
    `There is no such ${SUBJECTS[subject]}, or it is not shared with you: ${id}`,
  read_only: ({ subject }) => `You may read this ${SUBJECTS[subject]}, but not change it`,
  external_knowledge: () =>
    'This knowledge base is external: it can only be read here. Change it at its source',
  only_owner_unlinks: () => 'Only the owner of a file takes it out of a knowledge base',
  quota_reached: ({ most, left, needed }) =>
    `You may store ${size(most)} and have ${size(left)} left; this needs ${size(needed)}. ` +
    'Delete files that you no longer need',
  too_many_requests: ({ per_minute, seconds }) =>
    `You have sent more than the ${per_minute} requests that are allowed in a minute. ` +
    `Go on in ${seconds} s`,
  no_route: ({ path }) => `There is nothing at ${path}`,
  wrong_method: ({ path, method, allowed }) =>
    `${path} does not support ${method}. It supports ${allowed}`,
  only_head: () => 'Send HEAD instead of GET',
  wrong_host: () => 'The header Host is not a host name with an optional port',
  json_needed: () => 'Send JSON with Content-Type application/json',
  object_needed: () => 'Send a JSON object, not a list',
  body_too_large: ({ megabytes }) =>
    `This JSON body is larger than the ${megabytes} MB that are allowed`,
  invalid_input: ({ issues }) => issueList(issues) || 'The input is not valid',
  invalid_operation_id: () => 'Operation-Id must be 1 to 200 printable ASCII characters',
  operation_id_used: () => 'This Operation-Id was used for something else before. Send a new one',
  unstorable_text: () => 'The text holds a character that cannot be stored, like NUL',
  unstorable_id: () => 'An id holds a character that cannot be stored, like NUL',
  unexpected: ({ request_id: id }) =>
    `Something went wrong on our side. Tell the operator this id: ${id}`,
  gone_meanwhile: () =>
    'What this belongs to was deleted at the same moment. Look again what is there',
  changed_meanwhile: () =>
    'Somebody else changed the same at the same moment. Nothing is lost; try again',
  database_busy: () => 'The database is busy with the same data. Nothing is lost; try again',
  write_refused: () =>
    'The database of the app refuses to store this. Try again later, or ask the operator: the reason is in the log',
  database_unreachable: () =>
    'The database cannot be reached at the moment. Nothing is lost; try again',
  database_silent: () => 'The database does not answer',
  database_restarting: ({ trouble }) =>
    `The database does not answer, and is started again and again: ${trouble}`,
  database_full: ({ free }) =>
    `The database does not answer, and its disk is full: ${free} are free. ` +
    'Make room; it goes on by itself',
  storage_full: () =>
    `The server has no space left for files. Ask its operator to make room, ${SEND_AGAIN}`,
  storage_denied: () =>
    'The server may not write to its storage of files. Ask its operator to make it writable, ' +
    SEND_AGAIN,
  storage_absent: () => 'The storage of files is not there. Nothing is lost',
  storage_silent: () =>
    'The storage of files does not answer at the moment. What has arrived is kept; try again',
  unknown_knowledge: ({ id }) => `There is no such knowledge base: ${id}`,
  unknown_file: ({ id }) => `There is no such file: ${id}`,
  unknown_files: ({ ids, more }) =>
    `There are no such files: ${ids.join(', ')}${more ? ', …' : ''}`,
  unknown_file_here: ({ id }) => `This knowledge base has no such file: ${id}`,
  unknown_file_of_session: ({ id }) => `This session has no such file: ${id}`,
  unknown_name: ({ name }) => `No file has a name like this: ${name}`,
  unknown_bytes: ({ id }) => `There are no bytes of this file: ${id}`,
  unknown_session: ({ id }) => `There is no such session, or it was cleared: ${id}`,
  unknown_job: ({ id }) => `There is no such job: ${id}`,
  unknown_job_kind: ({ kind }) => `There is no such kind of job: ${kind}`,
  unknown_webhook: ({ id }) => `There is no such webhook: ${id}`,
  unknown_delivery: ({ id }) => `There is no such delivery: ${id}`,
  unknown_analyzer: ({ id }) => `There is no such analyzer: ${id}`,
  unknown_operation: ({ id }) => `There is no such operation, or it is not yours: ${id}`,
  job_not_shared: ({ id }) => `There is no such job, or it is not shared with you: ${id}`,
  session_cleared: ({ id }) => `The session was cleared meanwhile: ${id}`,
  job_cleared: ({ id }) => `The job was cleared meanwhile: ${id}`,
  job_cancelled: () => 'The job was cancelled',
  files_gone: () => 'None of its files is here any more',
  too_many_files: ({ most, files }) =>
    `A session takes ${most} files at most; these are ${files}. Start several`,
  too_many_ids: ({ most, ids }) => `Ask for ${most} sessions at most; these are ${ids}`,
  nothing_to_do: ({ command }) => NOTHING_TO[command],
  stream_replaced: ({ address }) =>
    `Progress is no longer streamed from here. Poll ${address} instead, once a second`,
  knowledge_needed: () => 'knowledge_id: say which',
  no_analysis_service: () => 'No analysis service is set up here',
  no_analysis_setup: () => 'No analysis service is set up here: see ANALYSIS_ENDPOINT',
  no_mails: () => 'This installation sends no mails',
  no_mail_address: () => 'There is no mail address for you in the app',
  quiet_hours_incomplete: () => 'Give quiet_from and quiet_to, or null for both',
  quiet_hours_empty: () => 'quiet_from and quiet_to must not be the same hour',
  webhook_off: () => 'This webhook is off. Switch it on first',
  address_scheme: ({ http }) =>
    http
      ? 'The address must begin with https:// or http://'
      : 'The address must begin with https://',
  address_credentials: () => 'The address must hold no name and password',
  address_not_public: ({ host }) => `${host} is not on the public internet. See WEBHOOK_TARGETS`,
  range_outside: ({ bytes, range }) => `The file has ${bytes} bytes; asked was ${range}`,
  no_text_failed: ({ reason }, say) => `This file has no text: ${say(reason)}`,
  not_processed: () => 'it could not be processed',
  no_text_parts: () => 'Where the parts of this text begin is not known: process the file again',
  no_text_yet: () => 'Nothing of this file has been read yet: ask again when it is processed',
  no_subtitles: () => 'Subtitles need times, and a document has none: ask for txt, md or json',
};
