/**
 * Messages of external services: their responses, and reasons for waiting.
 *
 * @module
 */
import { formatClock } from '../clock.ts';
import type { MessageDetails, None, TextsOf } from './shape.ts';

/** Name of the service: analysis, transcription or mail. */
type Of = { readonly service: string };

/** `said`: the service's own error text, where it gave one. */
type Answered = Of & { readonly status: number; readonly said: string | null };

export interface ServiceMessages {
  service_at_work: Of;
  service_queued: Of;
  service_away: Of;
  service_busy: Of;
  service_wait: { readonly reason: MessageDetails; readonly seconds: number };
  service_resubmitting: Of;
  service_silent: Of;
  service_unreadable: Of;
  service_answer_too_large: Of;
  service_failed: Answered;
  service_refused: Answered;
  service_unaware: Answered;
  service_timeout: { readonly service: string; readonly seconds: number };
  service_key_refused: { readonly service: string; readonly status: number };
  service_without_address: Of;
  service_reported_failure: { readonly service: string; readonly said: string };
  service_reported_status: { readonly service: string; readonly status: string };
  service_unfinished: { readonly service: string; readonly minutes: number };
  service_uncertain: Of;
  service_forgot: Of;
  service_result_unreadable: Of;
  analysis_removed: None;
  analysis_running_elsewhere: None;
  analysis_cancelled: None;
  analysis_file_gone: None;
  mail_not_taken: { readonly said: string };
  mail_later: { readonly said: string };
  mail_refused: { readonly said: string };
  /** `start`, `end`: seconds of the recording. */
  at_segment: {
    readonly reason: MessageDetails;
    readonly start: number;
    readonly end: number;
  };
}

const SERVICES: Readonly<Record<string, string>> = {
  analysis: 'The analysis service',
  transcription: 'The transcription service',
  mail: 'The mail server',
};

const named = (service: string) => SERVICES[service] ?? `The service ${service}`;
const lowered = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const why = ({ status, said }: Answered) => said ? `: ${said}` : ` (HTTP ${status})`;

export const servicesEnglish: TextsOf<ServiceMessages> = {
  service_at_work: ({ service }) => `${named(service)} is at work`,
  service_queued: () => 'Waiting to be sent',
  service_away: ({ service }) => `${named(service)} is not reachable`,
  service_busy: ({ service }) => `${named(service)} has too much to do`,
  service_wait: ({ reason, seconds }, say) => `${say(reason)}; trying again in ${seconds} s`,
  service_resubmitting: ({ service }) => `${named(service)} forgot this; submitting it again`,
  service_silent: ({ service }) => `${named(service)} does not answer`,
  service_unreadable: ({ service }) => `${named(service)} gave an answer that cannot be read`,
  service_answer_too_large: ({ service }) => `${named(service)} gave an answer that is too large`,
  service_failed: (params) => `${named(params.service)} has a failure of its own${why(params)}`,
  service_refused: (params) => `${named(params.service)} refused${why(params)}`,
  service_unaware: (params) => `${named(params.service)} does not know this${why(params)}`,
  service_timeout: ({ service, seconds }) => `${named(service)} did not answer within ${seconds} s`,
  service_key_refused: ({ service, status }) =>
    `${named(service)} does not take its key (HTTP ${status}): the operator has to check it`,
  service_without_address: ({ service }) =>
    `${named(service)} took the request and did not say where to poll`,
  service_reported_failure: ({ service, said }) => `${named(service)} failed: ${said}`,
  service_reported_status: ({ service, status }) => `${named(service)} failed: It says: ${status}`,
  service_unfinished: ({ service, minutes }) =>
    `${named(service)} did not finish within ${minutes} minutes`,
  service_uncertain: ({ service }) =>
    `It is not known whether ${lowered(named(service))} has taken this. Ask again`,
  service_forgot: ({ service }) => `${named(service)} forgot this twice`,
  service_result_unreadable: ({ service }) => `${named(service)} gave a result that cannot be read`,
  analysis_removed: () => 'The analysis was removed before it was ready',
  analysis_running_elsewhere: () => 'This file is being analysed for another run of its job',
  analysis_cancelled: () => 'The analysis was cancelled',
  analysis_file_gone: () => 'The file is gone',
  mail_not_taken: ({ said }) => `${named('mail')} does not take mails: ${said}`,
  mail_later: ({ said }) => `${named('mail')} asks to come later: ${said}`,
  mail_refused: ({ said }) => `${named('mail')} refused: ${said}`,
  at_segment: ({ reason, start, end }, say) =>
    `${say(reason)} (at ${formatClock(start)}–${formatClock(Math.ceil(end))})`,
};
