/**
 * Messages of remote services, in German.
 *
 * @module
 */
import { formatClock } from '../../clock.ts';
import type { ServiceMessages } from '../services.ts';
import type { TextsOf } from '../shape.ts';
import { decimal } from './numbers.ts';

const SERVICES: Readonly<Record<string, string>> = {
  analysis: 'Der Analysedienst',
  transcription: 'Der Transkriptionsdienst',
  mail: 'Der Mailserver',
};

const named = (service: string) => SERVICES[service] ?? `Der Dienst ${service}`;
const lowered = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const why = ({ status, said }: { readonly status: number; readonly said: string | null }) =>
  said ? `: ${said}` : ` (HTTP ${status})`;

export const servicesGerman: TextsOf<ServiceMessages> = {
  service_at_work: ({ service }) => `${named(service)} arbeitet`,
  service_queued: () => 'Wartet darauf, gesendet zu werden',
  service_away: ({ service }) => `${named(service)} ist nicht erreichbar`,
  service_busy: ({ service }) => `${named(service)} ist überlastet`,
  service_wait: ({ reason, seconds }, say) => `${say(reason)}; nächster Versuch in ${seconds} s`,
  service_resubmitting: ({ service }) =>
    `${named(service)} hat den Auftrag vergessen; er wird noch einmal gesendet`,
  service_silent: ({ service }) => `${named(service)} antwortet nicht`,
  service_unreadable: ({ service }) => `${named(service)} gab eine Antwort, die nicht lesbar ist`,
  service_answer_too_large: ({ service }) => `${named(service)} gab eine zu große Antwort`,
  service_failed: (params) => `${named(params.service)} hat eine eigene Störung${why(params)}`,
  service_refused: (params) => `${named(params.service)} lehnte ab${why(params)}`,
  service_unaware: (params) => `${named(params.service)} kennt das nicht${why(params)}`,
  service_timeout: ({ service, seconds }) =>
    `${named(service)} antwortete nicht innerhalb von ${decimal(seconds)} s`,
  service_key_refused: ({ service, status }) =>
    `${named(service)} nimmt seinen Schlüssel nicht an (HTTP ${status}): Der Betreiber muss ihn ` +
    'prüfen',
  service_without_address: ({ service }) =>
    `${named(service)} nahm die Anfrage an und sagte nicht, wo nachzufragen ist`,
  service_reported_failure: ({ service, said }) => `${named(service)} scheiterte: ${said}`,
  service_reported_status: ({ service, status }) =>
    `${named(service)} scheiterte: Er meldet: ${status}`,
  service_unfinished: ({ service, minutes }) =>
    `${named(service)} wurde nicht innerhalb von ${decimal(minutes)} Minuten fertig`,
  service_uncertain: ({ service }) =>
    `Es ist nicht bekannt, ob ${lowered(named(service))} das angenommen hat. Stellen Sie die ` +
    'Anfrage noch einmal',
  service_forgot: ({ service }) => `${named(service)} hat das zweimal vergessen`,
  service_result_unreadable: ({ service }) =>
    `${named(service)} gab ein Ergebnis, das nicht lesbar ist`,
  analysis_removed: () => 'Die Analyse wurde entfernt, bevor sie fertig war',
  analysis_running_elsewhere: () =>
    'Diese Datei wird für einen anderen Lauf ihres Auftrags analysiert',
  analysis_cancelled: () => 'Die Analyse wurde abgebrochen',
  analysis_file_gone: () => 'Die Datei ist nicht mehr da',
  mail_not_taken: ({ said }) => `${named('mail')} nimmt keine Mails an: ${said}`,
  mail_later: ({ said }) => `${named('mail')} bittet, später zu kommen: ${said}`,
  mail_refused: ({ said }) => `${named('mail')} lehnte ab: ${said}`,
  at_segment: ({ reason, start, end }, say) =>
    `${say(reason)} (bei ${formatClock(start)}–${formatClock(Math.ceil(end))})`,
};
