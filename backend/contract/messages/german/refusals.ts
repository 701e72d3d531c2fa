/**
 * Messages of requests that are refused, in German.
 *
 * @module
 */
import { type Command, issueList, type RefusalMessages } from '../refusals.ts';
import type { TextsOf } from '../shape.ts';
import { size } from './numbers.ts';

/** Subjects of `not found` and of `read only`. */
const SUBJECTS = {
  knowledge: ['Diese Wissensdatenbank gibt es nicht, oder sie', 'diese Wissensdatenbank'],
  file: ['Diese Datei gibt es nicht, oder sie', 'diese Datei'],
  session: ['Diesen Vorgang gibt es nicht, oder er', 'diesen Vorgang'],
} as const;

const NOTHING_TO: Readonly<Record<Command, string>> = {
  cancel: 'Nichts abzubrechen: Es ist schon zu Ende',
  pause: 'Nichts anzuhalten: Nichts wartet oder läuft',
  resume: 'Nichts fortzusetzen: Nichts ist angehalten',
  retry: 'Nichts zu wiederholen: Keine Datei schlug fehl oder wurde abgebrochen, oder ihre Bytes ' +
    'kamen nie an',
  promote: 'Nichts vorzuziehen: Es ist zu Ende oder hat schon diese oder eine höhere Priorität',
  prioritise: 'Nichts zu ändern: Es ist zu Ende oder hat schon diese Priorität',
};

const SEND_AGAIN = 'und senden Sie die Datei dann noch einmal; eine begonnene Übertragung geht ' +
  'weiter, wo sie aufgehört hat';
const TRY_AGAIN = 'Nichts ist verloren; versuchen Sie es noch einmal';

export const refusalsGerman: TextsOf<RefusalMessages> = {
  sign_in: () => 'Bitte melden Sie sich an',
  token_without_user: () => 'Dieses Token nennt niemanden. Bitte melden Sie sich neu an',
  sign_in_expired: () => 'Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich neu an',
  sign_in_invalid: () => 'Ihre Anmeldung ist nicht gültig. Bitte melden Sie sich neu an',
  account_gone: () => 'Dieses Konto gibt es nicht mehr',
  account_inactive: () =>
    'Ihr Konto ist noch nicht freigeschaltet. Fragen Sie eine Administratorin oder einen ' +
    'Administrator',
  identity_unchecked: () => `Wer Sie sind, kann gerade nicht geprüft werden. ${TRY_AGAIN}`,
  only_local_user: () => 'Ohne AUTH_SECRET oder AUTH_JWKS_URL wird niemand sonst bedient',
  only_localhost: ({ host }) =>
    `Ohne AUTH_SECRET oder AUTH_JWKS_URL antwortet dieser Server nur als localhost, nicht als ${host}`,
  only_localhost_direct: () =>
    'Ohne AUTH_SECRET oder AUTH_JWKS_URL antwortet dieser Server nur als localhost, nicht durch ' +
    'einen Proxy',
  other_site: () => 'Diese Anfrage kam von einer Seite einer anderen Website',
  webhooks_for_administrators: () => 'Webhooks sehen und ändern nur Administratoren',
  queue_for_administrators: () => 'Die Warteschlange sehen und steuern nur Administratoren',
  not_shared: ({ subject, id }) => `${SUBJECTS[subject][0]} ist nicht mit Ihnen geteilt: ${id}`,
  read_only: ({ subject }) => `Sie dürfen ${SUBJECTS[subject][1]} lesen, aber nicht ändern`,
  external_knowledge: () =>
    'Diese Wissensdatenbank ist extern: Sie kann hier nur gelesen werden. Ändern Sie sie an ihrer ' +
    'Quelle',
  only_owner_unlinks: () =>
    'Nur wem eine Datei gehört, kann sie aus einer Wissensdatenbank herausnehmen',
  quota_reached: ({ most, left, needed }) =>
    `Sie dürfen ${size(most)} speichern und haben noch ${size(left)} frei; das hier braucht ` +
    `${size(needed)}. Löschen Sie Dateien, die Sie nicht mehr brauchen`,
  too_many_requests: ({ per_minute, seconds }) =>
    `Sie haben mehr als die ${per_minute} Anfragen gesendet, die in einer Minute erlaubt sind. ` +
    `Weiter geht es in ${seconds} s`,
  no_route: ({ path }) => `Unter ${path} gibt es nichts`,
  wrong_method: ({ path, method, allowed }) =>
    `${path} unterstützt ${method} nicht, sondern ${allowed}`,
  only_head: () => 'Senden Sie HEAD statt GET',
  wrong_host: () => 'Der Header Host ist kein Hostname mit oder ohne Port',
  json_needed: () => 'Senden Sie JSON mit Content-Type application/json',
  object_needed: () => 'Senden Sie ein JSON-Objekt, keine Liste',
  body_too_large: ({ megabytes }) =>
    `Dieser JSON-Text ist größer als die erlaubten ${megabytes} MB`,
  invalid_input: ({ issues }) =>
    issues.length === 0 ? 'Die Eingabe ist nicht gültig' : `Nicht gültig: ${issueList(issues)}`,
  invalid_operation_id: () => 'Operation-Id muss aus 1 bis 200 druckbaren ASCII-Zeichen bestehen',
  operation_id_used: () =>
    'Diese Operation-Id wurde schon für etwas anderes benutzt. Senden Sie eine neue',
  unstorable_text: () => 'Der Text enthält ein Zeichen, das nicht gespeichert werden kann, wie NUL',
  unstorable_id: () =>
    'Eine Kennung enthält ein Zeichen, das nicht gespeichert werden kann, wie NUL',
  unexpected: ({ request_id: id }) =>
    `Bei uns ist etwas schiefgegangen. Nennen Sie dem Betreiber diese Kennung: ${id}`,
  gone_meanwhile: () =>
    'Wozu das gehört, wurde im selben Augenblick gelöscht. Sehen Sie nach, was noch da ist',
  changed_meanwhile: () =>
    `Jemand anderes hat im selben Augenblick dasselbe geändert. ${TRY_AGAIN}`,
  database_busy: () => `Die Datenbank ist mit denselben Daten beschäftigt. ${TRY_AGAIN}`,
  write_refused: () =>
    'Die Datenbank der App lehnt es ab, das zu speichern. Versuchen Sie es später noch einmal, oder fragen Sie den Betreiber: Der Grund steht im Protokoll',
  database_unreachable: () => `Die Datenbank ist gerade nicht erreichbar. ${TRY_AGAIN}`,
  database_silent: () => 'Die Datenbank antwortet nicht',
  database_restarting: ({ trouble }) =>
    `Die Datenbank antwortet nicht und wird immer wieder gestartet: ${trouble}`,
  database_full: ({ free }) =>
    `Die Datenbank antwortet nicht, und ihre Platte ist voll: ${free} sind frei. Schaffen Sie ` +
    'Platz; dann geht es von selbst weiter',
  storage_full: () =>
    'Der Server hat keinen Platz mehr für Dateien. Bitten Sie den Betreiber, Platz zu schaffen, ' +
    SEND_AGAIN,
  storage_denied: () =>
    'Der Server darf nicht in seinen Speicher für Dateien schreiben. Bitten Sie den Betreiber, das ' +
    `zu ändern, ${SEND_AGAIN}`,
  storage_absent: () => 'Der Speicher der Dateien ist nicht da. Nichts ist verloren',
  storage_silent: () =>
    'Der Speicher der Dateien antwortet gerade nicht. Was angekommen ist, bleibt; versuchen Sie es ' +
    'noch einmal',
  unknown_knowledge: ({ id }) => `Diese Wissensdatenbank gibt es nicht: ${id}`,
  unknown_file: ({ id }) => `Diese Datei gibt es nicht: ${id}`,
  unknown_files: ({ ids, more }) =>
    `Diese Dateien gibt es nicht: ${ids.join(', ')}${more ? ', …' : ''}`,
  unknown_file_here: ({ id }) => `In dieser Wissensdatenbank gibt es diese Datei nicht: ${id}`,
  unknown_file_of_session: ({ id }) => `In diesem Vorgang gibt es diese Datei nicht: ${id}`,
  unknown_name: ({ name }) => `Keine Datei heißt so: ${name}`,
  unknown_bytes: ({ id }) => `Von dieser Datei gibt es keine Bytes: ${id}`,
  unknown_session: ({ id }) => `Diesen Vorgang gibt es nicht, oder er wurde entfernt: ${id}`,
  unknown_job: ({ id }) => `Diesen Auftrag gibt es nicht: ${id}`,
  unknown_job_kind: ({ kind }) => `Diese Art von Auftrag gibt es nicht: ${kind}`,
  unknown_webhook: ({ id }) => `Diesen Webhook gibt es nicht: ${id}`,
  unknown_delivery: ({ id }) => `Diese Zustellung gibt es nicht: ${id}`,
  unknown_analyzer: ({ id }) => `Dieses Analyseprogramm gibt es nicht: ${id}`,
  unknown_operation: ({ id }) => `Diese Analyse gibt es nicht, oder sie gehört Ihnen nicht: ${id}`,
  job_not_shared: ({ id }) =>
    `Diesen Auftrag gibt es nicht, oder er ist nicht mit Ihnen geteilt: ${id}`,
  session_cleared: ({ id }) => `Der Vorgang wurde inzwischen entfernt: ${id}`,
  job_cleared: ({ id }) => `Der Auftrag wurde inzwischen entfernt: ${id}`,
  job_cancelled: () => 'Der Auftrag wurde abgebrochen',
  files_gone: () => 'Keine seiner Dateien ist noch da',
  too_many_files: ({ most, files }) =>
    `Ein Vorgang nimmt höchstens ${most} Dateien; das hier sind ${files}. Beginnen Sie mehrere`,
  too_many_ids: ({ most, ids }) =>
    `Fragen Sie nach höchstens ${most} Vorgängen; das hier sind ${ids}`,
  nothing_to_do: ({ command }) => NOTHING_TO[command],
  stream_replaced: ({ address }) =>
    `Der Fortschritt wird von hier nicht mehr gesendet. Fragen Sie stattdessen ${address} einmal in ` +
    'der Sekunde',
  knowledge_needed: () => 'knowledge_id: Sagen Sie, welche',
  no_analysis_service: () => 'Hier ist kein Analysedienst eingerichtet',
  no_analysis_setup: () => 'Hier ist kein Analysedienst eingerichtet: siehe ANALYSIS_ENDPOINT',
  no_mails: () => 'Von hier werden keine Mails gesendet',
  no_mail_address: () => 'Für Sie gibt es in der App keine Mailadresse',
  quiet_hours_incomplete: () => 'Geben Sie quiet_from und quiet_to an, oder null für beide',
  quiet_hours_empty: () => 'quiet_from und quiet_to dürfen nicht dieselbe Stunde sein',
  webhook_off: () => 'Dieser Webhook ist aus. Schalten Sie ihn erst ein',
  address_scheme: ({ http }) =>
    http
      ? 'Die Adresse muss mit https:// oder http:// beginnen'
      : 'Die Adresse muss mit https:// beginnen',
  address_credentials: () => 'Die Adresse darf weder Namen noch Passwort enthalten',
  address_not_public: ({ host }) =>
    `${host} ist nicht im öffentlichen Internet. Siehe WEBHOOK_TARGETS`,
  range_outside: ({ bytes, range }) => `Die Datei hat ${bytes} Bytes; verlangt war ${range}`,
  no_text_failed: ({ reason }, say) => `Diese Datei hat keinen Text: ${say(reason)}`,
  not_processed: () => 'Sie konnte nicht verarbeitet werden',
  no_text_parts: () =>
    'Wo die Teile dieses Textes beginnen, ist nicht bekannt: Verarbeiten Sie die Datei noch einmal',
  no_text_yet: () =>
    'Von dieser Datei ist noch nichts gelesen: Fragen Sie wieder, wenn sie verarbeitet ist',
  no_subtitles: () =>
    'Untertitel brauchen Zeiten, und ein Dokument hat keine: Verlangen Sie txt, md oder json',
};
