/**
 * Texts of the webhooks.
 *
 * @module
 */
import type { DeliveryFailure, DeliveryState, EventType } from '#contract/webhooks.ts';

export const webhooksEnglish = {
  intro:
    'Addresses that are told when a session or a job has ended. Every request is signed, and ' +
    'is tried again for about a day until it is taken.',
  loading: 'Loading the webhooks…',
  lost: (reason: string) => `What is shown may be old. ${reason}`,
  forbiddenTitle: 'For administrators only',
  forbiddenText: 'Webhooks tell other programs of everybody’s work. Ask an administrator.',
  none: 'Nobody is told yet.',
  list: 'Webhooks',

  add: 'Add a webhook',
  url: 'Address',
  urlHint: 'It must begin with https:// and be on the public internet, unless this installation ' +
    'allows others.',
  description: 'What it is for',
  optional: 'optional',
  allEvents: 'Tell of everything',
  which: 'Tell of',
  events: {
    'session.completed': 'Session completed',
    'session.failed': 'Session failed',
    'session.cancelled': 'Session cancelled',
    'job.completed': 'Job completed',
    'job.failed': 'Job failed',
    'job.cancelled': 'Job cancelled',
    'webhook.test': 'Test',
  } satisfies Record<EventType | 'webhook.test', string> as Record<string, string>,
  create: 'Add',
  cancel: 'Cancel',

  on: 'On',
  off: 'Off',
  gone: 'Off: it answered that it is no more (410)',
  everything: 'Everything',
  delivered: (count: number) => `${count} delivered`,
  failed: (count: number) => `${count} failed`,
  waiting: (count: number) => `${count} waiting`,
  lastDelivered: (when: string) => `last one ${when}`,

  test: 'Send a test',
  tested: 'A test is on its way.',
  deliveries: 'Deliveries',
  rotate: 'New secret',
  rotateTitle: 'Make a new secret?',
  rotateText: 'The old one signs beside it for 24 hours. Give the new one to the receiver by then.',
  rotateConfirm: 'Make it',
  switchOn: 'Switch on',
  switchOff: 'Switch off',
  remove: 'Delete',
  removeTitle: 'Delete this webhook?',
  removeText: 'What waits for it is not sent any more, and its deliveries are forgotten.',
  keep: 'Keep',
  /** For screen readers: the webhook of a button. */
  ofWebhook: (action: string, url: string) => `${action}: ${url}`,

  secret: 'The secret of this webhook',
  secretText: 'It is shown this once. Keep it where the receiver finds it.',
  copy: 'Copy',
  copied: 'Copied',
  hide: 'Done',

  noDeliveries: 'Nothing was sent yet.',
  states: {
    pending: 'Waiting',
    delivered: 'Delivered',
    failed: 'Given up',
  } satisfies Record<DeliveryState, string> as Record<string, string>,
  attempts: (count: number) => `${count} ${count === 1 ? 'attempt' : 'attempts'}`,
  next: (when: string) => `again ${when}`,
  status: (code: number) => `it answered HTTP ${code}`,
  failures: {
    timeout: 'no answer in time',
    unreachable: 'it could not be reached',
    certificate: 'its certificate is not accepted',
    address: 'the address is not on the public internet',
    gone: 'it answered HTTP 410',
    expired: 'it could not be tried for two days',
  } satisfies Partial<Record<DeliveryFailure, string>> as Record<string, string>,
  again: 'Deliver again',
  more: 'Show more',
};
export type WebhooksMessages = typeof webhooksEnglish;

export const webhooksGerman: WebhooksMessages = {
  intro:
    'Adressen, die erfahren, wenn ein Vorgang oder ein Auftrag zu Ende ist. Jede Anfrage ist ' +
    'unterschrieben und wird etwa einen Tag lang wiederholt, bis sie angenommen ist.',
  loading: 'Die Webhooks werden geladen…',
  lost: (reason) => `Was hier steht, kann veraltet sein. ${reason}`,
  forbiddenTitle: 'Nur für Administratoren',
  forbiddenText: 'Webhooks erzählen anderen Programmen von der Arbeit aller. Fragen Sie einen ' +
    'Administrator.',
  none: 'Noch erfährt niemand etwas.',
  list: 'Webhooks',

  add: 'Webhook hinzufügen',
  url: 'Adresse',
  urlHint: 'Sie muss mit https:// beginnen und im öffentlichen Internet liegen, wenn diese ' +
    'Installation keine anderen erlaubt.',
  description: 'Wozu er dient',
  optional: 'freiwillig',
  allEvents: 'Von allem erzählen',
  which: 'Erzählen von',
  events: {
    'session.completed': 'Vorgang abgeschlossen',
    'session.failed': 'Vorgang fehlgeschlagen',
    'session.cancelled': 'Vorgang abgebrochen',
    'job.completed': 'Auftrag abgeschlossen',
    'job.failed': 'Auftrag fehlgeschlagen',
    'job.cancelled': 'Auftrag abgebrochen',
    'webhook.test': 'Probe',
  },
  create: 'Hinzufügen',
  cancel: 'Abbrechen',

  on: 'An',
  off: 'Aus',
  gone: 'Aus: die Adresse sagt, dass es sie nicht mehr gibt (410)',
  everything: 'Alles',
  delivered: (count) => `${count} zugestellt`,
  failed: (count) => `${count} fehlgeschlagen`,
  waiting: (count) => `${count} ${count === 1 ? 'wartet' : 'warten'}`,
  lastDelivered: (when) => `zuletzt ${when}`,

  test: 'Probe senden',
  tested: 'Eine Probe ist unterwegs.',
  deliveries: 'Zustellungen',
  rotate: 'Neues Geheimnis',
  rotateTitle: 'Ein neues Geheimnis erzeugen?',
  rotateText:
    'Das alte unterschreibt noch 24 Stunden lang mit. Geben Sie dem Empfänger bis dahin ' +
    'das neue.',
  rotateConfirm: 'Erzeugen',
  switchOn: 'Einschalten',
  switchOff: 'Ausschalten',
  remove: 'Löschen',
  removeTitle: 'Diesen Webhook löschen?',
  removeText: 'Was auf ihn wartet, wird nicht mehr gesendet, und seine Zustellungen werden ' +
    'vergessen.',
  keep: 'Behalten',
  ofWebhook: (action, url) => `${action}: ${url}`,

  secret: 'Das Geheimnis dieses Webhooks',
  secretText: 'Es wird nur dieses eine Mal gezeigt. Verwahren Sie es dort, wo der Empfänger es ' +
    'findet.',
  copy: 'Kopieren',
  copied: 'Kopiert',
  hide: 'Fertig',

  noDeliveries: 'Noch wurde nichts gesendet.',
  states: { pending: 'Wartet', delivered: 'Zugestellt', failed: 'Aufgegeben' },
  attempts: (count) => `${count} ${count === 1 ? 'Versuch' : 'Versuche'}`,
  next: (when) => `wieder ${when}`,
  status: (code) => `die Antwort war HTTP ${code}`,
  failures: {
    timeout: 'keine Antwort in der Zeit',
    unreachable: 'nicht erreichbar',
    certificate: 'das Zertifikat wird nicht angenommen',
    address: 'die Adresse liegt nicht im öffentlichen Internet',
    gone: 'die Antwort war HTTP 410',
    expired: 'zwei Tage lang war kein Versuch möglich',
  },
  again: 'Erneut zustellen',
  more: 'Mehr zeigen',
};
