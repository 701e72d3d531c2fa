/**
 * Messages of rejected uploads, in German.
 *
 * @module
 */
import type { TextsOf } from '../shape.ts';
import type { UploadRefusalMessages } from '../upload-refusals.ts';
import { size } from './numbers.ts';

const KEPT =
  'Was von einer fortsetzbaren Übertragung angekommen ist, bleibt; machen Sie dort weiter';
const because = (said: string) => said && `: ${said}`;

export const uploadRefusalsGerman: TextsOf<UploadRefusalMessages> = {
  uploads_at_once: ({ most }) =>
    `Sie senden schon ${most} Dateien zugleich. Warten Sie, bis eine fertig ist`,
  file_too_large: ({ bytes }) => `Diese Datei ist größer als die erlaubten ${size(bytes)}`,
  bytes_lost: () => 'Die Bytes dieser Datei sind nicht mehr da. Laden Sie sie noch einmal hoch',
  another_size: ({ bytes, announced }) =>
    `Das ist eine andere Datei als die angekündigte: ${bytes} Bytes statt ${announced}`,
  another_file: () =>
    'Das ist eine andere Datei als die begonnene: Ihr Ordner oder ihre ersten Bytes sind andere. ' +
    'Senden Sie sie als neue Datei',
  upload_not_comparable: () =>
    'Was früher gesendet wurde, lässt sich mit dieser Datei nicht vergleichen. Sie wird als neue ' +
    'Datei gesendet.',
  upload_not_awaited: () =>
    'Diese Datei wird nicht mehr erwartet: Ihr Vorgang wurde abgebrochen oder entfernt. Beginnen ' +
    'Sie einen neuen',
  upload_paused: () =>
    'Diese Datei ist angehalten. Setzen Sie sie fort, und ihre Übertragung geht weiter',
  upload_elsewhere: () =>
    'Diese Datei wird aus einem anderen Tab oder von einem anderen Gerät gesendet',
  upload_by_another: () =>
    'Ein anderes Konto sendet diese Datei schon. Warten Sie, bis sie angekommen ist',
  upload_over: () =>
    'Diese Übertragung wurde abgebrochen, oder zu lange kam nichts. Senden Sie die Datei von vorn',
  upload_unknown: () => 'Diese Übertragung gibt es nicht. Beginnen Sie sie neu',
  upload_broken_off: () =>
    'Diese Anfrage brach ab. Was angekommen ist, bleibt; machen Sie dort weiter',
  upload_request_ended: () => `Diese Anfrage brach ab. ${KEPT}`,
  upload_silent: ({ seconds }) =>
    `${seconds} s lang kam kein Byte dieser Datei, deshalb wurde die Anfrage beendet. ${KEPT}`,
  upload_preempted: () =>
    `Es kam kein Byte dieser Datei, während eine andere Übertragung von Ihnen wartete. ${KEPT}`,
  upload_malformed: () => 'Die Übertragung ist fehlerhaft: Ihre Trennzeile fehlt',
  upload_incomplete: () => 'Die Übertragung brach ab. Bitte senden Sie die Datei noch einmal',
  upload_without_file: () =>
    'Die Übertragung hat keine Datei: Senden Sie sie in einem Feld namens „file“',
  upload_of_several: () => 'Senden Sie in jeder Anfrage eine Datei',
  form_needed: () => 'Senden Sie die Datei als multipart/form-data in einem Feld namens „file“',
  bytes_needed: ({ media_type: type }) => `Senden Sie die Bytes als Content-Type ${type}`,
  invalid_job_id: ({ id }) => `job_id ist nicht die Kennung eines Auftrags: ${id}`,
  invalid_checksum: ({ algorithms }) =>
    `Upload-Checksum muss eines von ${algorithms} und die Prüfsumme in Base64 sein`,
  invalid_prefix: () => 'Upload-Prefix-Digest muss sha256 und eine Prüfsumme in Base64 sein',
  damaged_bytes: () =>
    'Diese Bytes wurden unterwegs beschädigt: Ihre Prüfsumme ist eine andere. Senden Sie sie noch ' +
    'einmal',
  tus_invalid: ({ said }) => `Das ist keine richtige tus-Anfrage${because(said)}`,
  tus_header_missing: ({ said }) =>
    'Dieser Anfrage fehlt ein Header: PATCH braucht Upload-Offset und Content-Type' +
    because(said),
  tus_offset: () =>
    'Die Übertragung geht an einer anderen Stelle weiter. Fragen Sie mit HEAD danach',
  tus_expired: () => 'Für diese Übertragung kam zu lange nichts. Senden Sie die Datei von vorn',
  tus_version: () => 'Hier gilt das Protokoll tus: Senden Sie Tus-Resumable: 1.0.0',
  tus_too_large: () =>
    'Diese Datei ist größer als erlaubt, oder als zu Beginn der Übertragung angegeben',
  tus_extension: ({ said }) =>
    'Diese Erweiterung von tus wird nicht unterstützt. Geben Sie Upload-Length am Anfang an' +
    because(said),
};
