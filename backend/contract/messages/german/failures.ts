/**
 * Messages of files and jobs that failed, in German.
 *
 * @module
 */
import {
  type DocumentKind,
  type FailureMessages,
  languageName,
  type LimitUnit,
} from '../failures.ts';
import type { TextsOf } from '../shape.ts';
import { decimal } from './numbers.ts';

/** Names with the article, at the beginning of a sentence. */
const DOCUMENTS: Readonly<Record<DocumentKind, string>> = {
  file: 'Diese Datei',
  archive: 'Dieses Archiv',
  pdf: 'Dieses PDF',
  image: 'Dieses Bild',
  word: 'Dieses Word-Dokument',
  powerpoint: 'Diese PowerPoint-Präsentation',
  spreadsheet: 'Diese Tabellenkalkulation',
  office: 'Dieses Office-Dokument',
  opendocument_text: 'Dieser OpenDocument-Text',
  opendocument_presentation: 'Diese OpenDocument-Präsentation',
  epub: 'Dieses EPUB-Buch',
  rtf: 'Dieses RTF-Dokument',
  legacy_office: 'Dieses Dokument von Office 97–2003',
  fiction_book: 'Dieses FictionBook',
  notebook: 'Dieses Notebook',
  subtitles: 'Diese Untertiteldatei',
  mail: 'Diese E-Mail',
  mailbox: 'Dieses Postfach',
  outlook_message: 'Diese Outlook-Nachricht',
  markdown: 'Diese Markdown-Datei',
  web_page: 'Diese Webseite',
  json: 'Diese JSON-Datei',
  table: 'Diese Tabelle',
};

const LIMITS: Readonly<Record<LimitUnit, (most: number) => string>> = {
  entries: (most) => `mehr als ${most} Einträge`,
  megabytes: (most) => `mehr als ${most} MB`,
  unpacked_megabytes: (most) => `mehr als ${most} MB ausgepackt`,
};

const UNITS: Readonly<Record<string, string>> = {
  page: 'Seiten',
  slide: 'Folien',
  sheet: 'Tabellen',
  chapter: 'Kapitel',
};

const SAVE_ANEW =
  'Öffnen Sie die Datei in dem Programm, mit dem sie gemacht wurde, speichern Sie ' +
  'sie neu und laden Sie sie noch einmal hoch';
const SPLIT = 'Teilen Sie sie auf und laden Sie die Teile hoch';
const CONVERT = 'in MP3, M4A oder WAV um';

const SUPPORTED = 'Text, Markdown, HTML, CSV, JSON, XML, RTF, PDF, Word (.docx, .doc), ' +
  'PowerPoint (.pptx, .ppt), Excel (.xlsx, .xls), OpenDocument (.odt, .ods, .odp), EPUB, FB2, E-Mails ' +
  '(.eml, .msg, .mbox, .mhtml), Notebooks, Untertitel, Bilder, Audio und Video';

const KNOWN_TYPES: Readonly<Record<string, string>> = {
  'application/vnd.apple.pages':
    'Dokumente von Pages können nicht gelesen werden: Exportieren Sie sie als PDF oder Word',
  'application/vnd.apple.numbers':
    'Tabellen von Numbers können nicht gelesen werden: Exportieren Sie sie als Excel oder CSV',
  'application/vnd.apple.keynote':
    'Präsentationen von Keynote können nicht gelesen werden: Exportieren Sie sie als PDF oder ' +
    'PowerPoint',
  'image/heic':
    'Fotos im Format HEIC können nicht gelesen werden: Exportieren Sie sie als JPEG oder PNG',
  'image/avif':
    'Bilder im Format AVIF können nicht gelesen werden: Exportieren Sie sie als JPEG oder PNG',
  'application/zip':
    'Archive werden nicht ausgepackt: Packen Sie es aus und laden Sie die Dateien darin hoch',
  'application/octet-stream': 'Welche Art von Datei das ist, war nicht zu erkennen',
};

export const failuresGerman: TextsOf<FailureMessages> = {
  empty_file: () =>
    'Diese Datei ist leer (0 Bytes): Prüfen Sie das Original und laden Sie es noch einmal hoch',
  empty_recording: ({ name }) => `${name} ist leer: Die Datei hat keine Bytes`,
  empty_document: ({ what }) =>
    `${DOCUMENTS[what]} war ohne Schwierigkeiten zu lesen, aber es steht kein Text darin`,
  no_speech: ({ name }) => `In ${name} wurde keine Sprache gefunden`,
  nothing_analysed: () => 'Der Analysedienst fand keinen Text in dieser Datei',
  damaged_document: ({ what }) =>
    `${DOCUMENTS[what]} ist beschädigt oder unvollständig: ${SAVE_ANEW}`,
  unclosed_quotation: ({ row }) =>
    `Diese Tabelle ist ab Zeile ${row} nicht zu lesen: Ein Anführungszeichen wird dort nicht ` +
    'geschlossen. Berichtigen Sie das und laden Sie die Datei noch einmal hoch',
  damaged_recording: ({ name }) =>
    `${name} konnte nicht dekodiert werden: Die Datei ist beschädigt oder keine Aufnahme. Prüfen ` +
    `Sie, ob sie sich abspielen lässt, und laden Sie sie noch einmal hoch, oder wandeln Sie sie ` +
    CONVERT,
  implausible_recording: ({ name }) =>
    `${name} ergibt weit mehr Ton, als eine solche Datei enthalten kann: Sie ist beschädigt, oder ` +
    `die Art des Tons ist nicht bekannt. Wandeln Sie sie ${CONVERT} und laden Sie das hoch`,
  encrypted_document: ({ what }) =>
    `${
      DOCUMENTS[what]
    } ist durch ein Passwort geschützt: Entfernen Sie das Passwort und laden Sie ` +
    'die Datei noch einmal hoch',
  image_only: () =>
    'Dieses PDF enthält nur Bilder von Seiten (zum Beispiel ein Scan), und auf ihnen wurde kein Text ' +
    'erkannt: Prüfen Sie, ob sie leserlich sind, und scannen Sie sie sonst noch einmal',
  dynamic_form: () =>
    'Dieses PDF ist ein dynamisches XFA-Formular (mit Adobe LiveCycle gemacht), dessen Seiten es nur ' +
    'gibt, während Adobe Acrobat sie zeigt: Öffnen Sie es in Acrobat, drucken Sie es als PDF und laden ' +
    'Sie das Ergebnis hoch',
  too_large_document: ({ what, most, unit }) =>
    `${DOCUMENTS[what]} enthält mehr, als auf einmal gelesen werden kann (${
      LIMITS[unit](most)
    }): ` +
    'Teilen Sie die Datei auf und laden Sie die Teile hoch',
  too_deep: ({ most }) =>
    `Elemente dieses Dokuments liegen mehr als ${most} Ebenen tief ineinander: ${SAVE_ANEW}`,
  too_many_units: ({ most, unit }) =>
    `Diese Datei enthält mehr als ${most} ${UNITS[unit] ?? unit}: ${SPLIT}`,
  too_much_text: ({ megabytes }) =>
    `Diese Datei enthält mehr als ${decimal(megabytes)} MB Text: ${SPLIT}`,
  too_long_recording: ({ name, hours }) =>
    `${name} ist länger als die erlaubten ${
      decimal(hours)
    } Stunden: Teilen Sie die Aufnahme auf und laden ` +
    'Sie die Teile hoch',
  unsupported_type: ({ media_type: type }) =>
    `${KNOWN_TYPES[type] ?? `Dateien der Art ${type} können nicht gelesen werden`}. ` +
    `Lesbar sind: ${SUPPORTED}`,
  needs_ffmpeg: ({ name, what }) =>
    `${name} kann nur gelesen werden, wo ffmpeg installiert ist (${what}): Bitten Sie den Betreiber, ` +
    `es zu installieren, oder wandeln Sie die Datei ${CONVERT}`,
  unknown_codec: ({ name, codec }) =>
    `${name} enthält Ton, den das installierte ffmpeg nicht dekodieren kann (${codec}): Wandeln Sie ` +
    `die Datei ${CONVERT}`,
  no_sound: ({ name }) => `${name} hat keinen Ton, also gibt es nichts zu transkribieren`,
  unsupported_language: ({ name, language }) =>
    `Für ${name} ist die Sprache ${languageName(language, 'de')} angegeben, und das eingebaute ` +
    'Sprachmodell versteht nur Englisch. Für andere Sprachen muss ein Transkriptionsdienst ' +
    'eingerichtet werden (TRANSCRIPTION_ENDPOINT); ist die Aufnahme doch auf Englisch, ändern Sie ' +
    'ihre Sprache',
  too_much_memory: ({ megabytes }) =>
    `Diese Datei zu lesen braucht mehr Speicher als die erlaubten ${megabytes} MB: ${SPLIT}`,
  too_slow: ({ seconds }) =>
    `Diese Datei zu lesen dauert länger als die erlaubten ${
      seconds >= 60 ? `${decimal(+(seconds / 60).toFixed(1))} Minuten` : `${seconds} s`
    }: ${SPLIT}`,
  reading_stalled: ({ seconds }) =>
    `Das Lesen wurde beendet: ${seconds} Sekunden lang kein Fortschritt`,
  job_stalled: ({ seconds }) =>
    `Der Auftrag wurde beendet: ${seconds} Sekunden lang kein Fortschritt`,
  ended_workers: () =>
    'Diese Arbeit beendete immer wieder ihren Arbeitsprozess; sie wurde aufgegeben',
  file_deleted: () => 'Die Datei wurde gelöscht',
  bytes_gone: () => 'Die Datei ist nicht mehr da. Bitte laden Sie sie noch einmal hoch',
  upload_absent: () => 'Die Datei kam nicht an. Bitte laden Sie sie noch einmal hoch',
  upload_interrupted: () =>
    'Das Hochladen brach ab. Wählen Sie die Datei noch einmal aus, und es geht weiter, wo es ' +
    'aufgehört hat',
  upload_expired: () =>
    'Was von dieser Datei gesendet war, wurde so lange aufbewahrt wie erlaubt. Bitte senden Sie sie ' +
    'noch einmal',
  reading_failed: () => 'Das Lesen dieser Datei schlug unerwartet fehl',
  right_to_read_revoked: () =>
    'Das Recht, zu lesen, worum es in diesem Auftrag geht, wurde entzogen. Bitten Sie darum und ' +
    'versuchen Sie es dann noch einmal',
  right_to_add_revoked: () =>
    'Das Recht, diese Datei der Wissensdatenbank hinzuzufügen, wurde entzogen. Bitten Sie darum und ' +
    'versuchen Sie es dann noch einmal',
  job_data_too_large: ({ what }) =>
    what === 'result'
      ? 'Das Ergebnis dieses Auftrags ist zu groß, um aufbewahrt zu werden'
      : 'Der Zwischenstand dieses Auftrags ist zu groß, um aufbewahrt zu werden',
  report_file_absent: () => 'Die Datei ist nicht in dieser Wissensdatenbank',
  report_knowledge_gone: () => 'Die Wissensdatenbank gibt es nicht mehr',
  given_up_after: ({ reason, seconds }, say) =>
    `${say(reason)}; aufgegeben nach ${
      seconds < 7200
        ? `${Math.round(seconds / 60)} Minuten`
        : `${Math.round(seconds / 3600)} Stunden`
    }`,
};
