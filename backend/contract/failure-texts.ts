/**
 * Default failure messages by code, for failures stored without a message: those of the app's own
 * rows, and those older than messages.
 *
 * @module
 */
import type { FailureCode } from './failures.ts';

type Texts = Readonly<Record<FailureCode, string>>;

const english: Texts = {
  empty_file: 'The file is empty. Upload it again once it has content.',
  empty_text: 'There is no text in the file.',
  broken_file: 'The file is damaged or incomplete. Upload an intact copy.',
  encrypted_file: 'The file is protected by a password. Remove it and upload the file again.',
  image_only: 'The file holds only pictures of pages, no text.',
  no_audio: 'There is no sound in the file.',
  unsupported_type: 'Files of this kind cannot be read.',
  unsupported_language: 'This language cannot be transcribed here.',
  too_large_inside: 'The content of the file is too large.',
  too_much_memory: 'Reading the file takes more memory than there is. Split it.',
  too_slow: 'Reading the file takes too long. Split it.',
  bytes_missing: 'The content of the file is not there any more. Upload it again.',
  upload_lost: 'The file was not uploaded completely. Upload it again.',
  stalled: 'There was no progress for too long.',
  service_refused: 'The service that reads the file could not read it.',
  service_unavailable: 'The service that reads the file could not be reached. Try again later.',
  access_revoked:
    'Access to the knowledge base was revoked. Ask the owner for access, then try again.',
  job_failed: 'The job could not be done.',
  processing_failed: 'The file could not be processed.',
};

const german: Texts = {
  empty_file: 'Die Datei ist leer. Laden Sie sie noch einmal hoch, sobald sie einen Inhalt hat.',
  empty_text: 'In der Datei steht kein Text.',
  broken_file: 'Die Datei ist beschädigt oder unvollständig. Laden Sie eine heile Kopie hoch.',
  encrypted_file:
    'Die Datei ist durch ein Passwort geschützt. Entfernen Sie es und laden Sie sie noch einmal hoch.',
  image_only: 'Die Datei enthält nur Bilder von Seiten, keinen Text.',
  no_audio: 'Die Datei enthält keinen Ton.',
  unsupported_type: 'Dateien dieser Art können nicht gelesen werden.',
  unsupported_language: 'Diese Sprache kann hier nicht transkribiert werden.',
  too_large_inside: 'Der Inhalt der Datei ist zu groß.',
  too_much_memory:
    'Um die Datei zu lesen, ist mehr Speicher nötig, als es gibt. Teilen Sie sie auf.',
  too_slow: 'Es dauert zu lange, die Datei zu lesen. Teilen Sie sie auf.',
  bytes_missing: 'Der Inhalt der Datei ist nicht mehr da. Laden Sie sie noch einmal hoch.',
  upload_lost: 'Die Datei wurde nicht vollständig hochgeladen. Laden Sie sie noch einmal hoch.',
  stalled: 'Zu lange gab es keinen Fortschritt.',
  service_refused: 'Der Dienst, der die Datei liest, konnte sie nicht lesen.',
  service_unavailable:
    'Der Dienst, der die Datei liest, war nicht erreichbar. Versuchen Sie es später noch einmal.',
  access_revoked:
    'Der Zugriff auf die Wissensdatenbank wurde entzogen. Bitten Sie um Zugriff und versuchen Sie es dann noch einmal.',
  job_failed: 'Der Auftrag konnte nicht ausgeführt werden.',
  processing_failed: 'Die Datei konnte nicht verarbeitet werden.',
};

export const FAILURE_TEXTS: Readonly<Record<'en' | 'de', Texts>> = { en: english, de: german };
