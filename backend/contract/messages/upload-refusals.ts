/**
 * Messages of rejected uploads.
 *
 * @module
 */
import { size } from './numbers.ts';
import type { None, TextsOf } from './shape.ts';

/** `said`: text of the tus server, or empty. */
type Said = { readonly said: string };

export interface UploadRefusalMessages {
  uploads_at_once: { readonly most: number };
  file_too_large: { readonly bytes: number };
  bytes_lost: None;
  another_size: { readonly bytes: number; readonly announced: number };
  another_file: None;
  /** Raised by the client: no digest proves which bytes were sent before. */
  upload_not_comparable: None;
  upload_not_awaited: None;
  upload_paused: None;
  upload_elsewhere: None;
  upload_by_another: None;
  upload_over: None;
  upload_unknown: None;
  upload_broken_off: None;
  upload_request_ended: None;
  upload_silent: { readonly seconds: number };
  upload_preempted: None;
  upload_malformed: None;
  upload_incomplete: None;
  upload_without_file: None;
  upload_of_several: None;
  form_needed: None;
  bytes_needed: { readonly media_type: string };
  invalid_job_id: { readonly id: string };
  invalid_checksum: { readonly algorithms: string };
  invalid_prefix: None;
  damaged_bytes: None;
  tus_invalid: Said;
  tus_header_missing: Said;
  tus_offset: None;
  tus_expired: None;
  tus_version: None;
  tus_too_large: None;
  tus_extension: Said;
}

const KEPT = 'What has arrived of a resumable upload is kept; go on from there';
const because = (said: string) => said && `: ${said}`;

export const uploadRefusalsEnglish: TextsOf<UploadRefusalMessages> = {
  uploads_at_once: ({ most }) =>
    `You are sending ${most} files at once already. Wait for one to be done`,
  file_too_large: ({ bytes }) => `This file is larger than the ${size(bytes)} that are allowed`,
  bytes_lost: () => 'The bytes of this file are gone. Upload it again',
  another_size: ({ bytes, announced }) =>
    `This is another file than the one announced: ${bytes} bytes instead of ${announced}`,
  another_file: () =>
    'This is another file than the one that was begun: its folder or its first bytes differ. ' +
    'Send it as a new file',
  upload_not_comparable: () =>
    'What was sent before cannot be compared with this file. It is sent as a new file.',
  upload_not_awaited: () =>
    'This file is not awaited any more: its session was cancelled or cleared. Start a new one',
  upload_paused: () => 'This file is paused. Resume it, and its upload goes on',
  upload_elsewhere: () => 'This file is being sent from another tab or device',
  upload_by_another: () =>
    'Another account is sending this file already. Wait until it has arrived',
  upload_over: () =>
    'This upload was cancelled, or nothing came for too long. Send the file from its beginning',
  upload_unknown: () => 'There is no such upload. Begin it again',
  upload_broken_off: () =>
    'This request was broken off. What has arrived is kept; go on from there',
  upload_request_ended: () => `This request was broken off. ${KEPT}`,
  upload_silent: ({ seconds }) =>
    `No byte of this file came for ${seconds} s, so its request was ended. ${KEPT}`,
  upload_preempted: () => `No byte of this file came while another upload of yours waited. ${KEPT}`,
  upload_malformed: () => 'The upload is malformed: its boundary is missing',
  upload_incomplete: () => 'The upload broke off. Please send the file again',
  upload_without_file: () => 'The upload has no file: send it in a field called "file"',
  upload_of_several: () => 'Send one file in each request',
  form_needed: () => 'Send the file as multipart/form-data in a field called "file"',
  bytes_needed: ({ media_type: type }) => `Send the bytes as Content-Type ${type}`,
  invalid_job_id: ({ id }) => `job_id is not the id of a job: ${id}`,
  invalid_checksum: ({ algorithms }) =>
    `Upload-Checksum must be one of ${algorithms} and the checksum in Base64`,
  invalid_prefix: () => 'Upload-Prefix-Digest must be sha256 and a digest in Base64',
  damaged_bytes: () =>
    'These bytes were damaged on their way: their checksum is another. Send them again',
  tus_invalid: ({ said }) => `This is no proper tus request${because(said)}`,
  tus_header_missing: ({ said }) =>
    `This request lacks a header: PATCH needs Upload-Offset and Content-Type${because(said)}`,
  tus_offset: () => 'The upload goes on at another offset. Ask for it with HEAD',
  tus_expired: () => 'Nothing came for this upload for too long. Send the file from its beginning',
  tus_version: () => 'The tus protocol is spoken here: send Tus-Resumable: 1.0.0',
  tus_too_large: () => 'This file is larger than allowed, or than was said when its upload began',
  tus_extension: ({ said }) =>
    `This extension of tus is not supported. Say Upload-Length at the beginning${because(said)}`,
};
