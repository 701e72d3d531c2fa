/**
 * Why files fail, in words for people, in every language there is. The server's own reason says more
 * of the file, in English.
 *
 * @module
 */
import type { FailureCode } from './failures.ts';

type Texts = Readonly<Record<FailureCode, string>>;

const english: Texts = {
  empty_file: 'The file is empty.',
  empty_text: 'There is no text in it.',
  broken_file: 'The file is damaged or incomplete.',
  encrypted_file: 'The file is protected by a password.',
  image_only: 'It holds only pictures of pages, no text.',
  no_audio: 'There is no sound in it.',
  unsupported_type: 'Files of this kind cannot be read.',
  unsupported_language: 'Its language cannot be transcribed here.',
  too_large_inside: 'There is too much in it.',
  too_much_memory: 'Reading it takes more memory than there is.',
  too_slow: 'Reading it takes too long.',
  bytes_missing: 'Its bytes are not there any more.',
  upload_lost: 'It was never fully uploaded.',
  stalled: 'It made no progress for too long.',
  service_refused: 'The service that reads it could not read it.',
  service_unavailable: 'The service that reads it could not be reached.',
  access_revoked:
    'Access to its knowledge base was revoked. Ask the owner for access, then try again.',
  job_failed: 'The job could not be done.',
  processing_failed: 'It could not be processed.',
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
  stalled: 'Zu lange gab es keinen Fortschritt. Versuchen Sie es noch einmal.',
  service_refused: 'Der Dienst, der die Datei liest, konnte sie nicht lesen.',
  service_unavailable:
    'Der Dienst, der die Datei liest, war nicht erreichbar. Versuchen Sie es später noch einmal.',
  access_revoked:
    'Der Zugriff auf die Wissensdatenbank wurde entzogen. Bitten Sie um Zugriff und versuchen Sie es dann noch einmal.',
  job_failed: 'Der Auftrag konnte nicht ausgeführt werden.',
  processing_failed: 'Die Datei konnte nicht verarbeitet werden. Versuchen Sie es noch einmal.',
};

export const FAILURE_TEXTS: Readonly<Record<'en' | 'de', Texts>> = { en: english, de: german };
