/**
 * Texts of the preferences.
 *
 * @module
 */
import { filesEnglish, filesGerman } from './count.ts';
export const preferencesEnglish = {
  loading: 'Loading your preferences…',
  saved: 'Saved',
  saving: 'Saving…',
  notSaved: (reason: string) => `Not saved: ${reason}`,

  background: 'Background processing',
  backgroundSwitch: 'Process my files in the background',
  backgroundText: 'When you sign in, everything of yours that is not processed yet is queued, ' +
    'newest first. It runs only when nothing more urgent waits. Turned off, what has not begun ' +
    'is taken back; files you ask for yourself are always processed.',
  startNow: 'Start background processing now',
  starting: 'Looking…',
  foundNothing: 'Everything is processed already. There was nothing to start.',
  started: (count: number) => `Started with ${filesEnglish(count)}.`,
  running: (count: number) =>
    `${filesEnglish(count)} ${count === 1 ? 'is' : 'are'} under way already.`,
  heldUntil: (when: string) => `Quiet hours hold it back until ${when}.`,
  isOff: 'Background processing is turned off.',

  quiet: 'Quiet hours',
  quietSwitch: 'No background processing in certain hours',
  quietText: 'Nothing of the background is begun in these hours. What waits says until when it ' +
    'is held.',
  from: 'From',
  to: 'Until',
  timeZone: 'Time zone',
  useDevice: (zone: string) => `Use this device’s: ${zone}`,

  notifications: 'Notifications',
  notifySwitch: 'Tell me when my files are done',
  notifyText: 'A notification of the browser, only while this page is in the background.',
  granted: 'This browser shows them.',
  denied: 'This browser blocks them for this site. Allow them in its settings to get them here.',
  undecided: 'This browser has not been asked yet.',
  unsupported: 'This browser cannot show notifications.',
  ask: 'Allow in this browser',

  mail: 'Mail',
  mailSwitch: 'Send me a mail when long work has ended',
  mailText: (address: string) =>
    `One mail for all files that you asked for together, to ${address}. None for background work.`,
  noAddress: 'The app knows no mail address of yours, so none can be sent.',
  mailMinutes: 'When it took at least',
};
export type PreferencesMessages = typeof preferencesEnglish;

export const preferencesGerman: PreferencesMessages = {
  loading: 'Ihre Einstellungen werden geladen…',
  saved: 'Gespeichert',
  saving: 'Wird gespeichert…',
  notSaved: (reason) => `Nicht gespeichert: ${reason}`,

  background: 'Verarbeitung im Hintergrund',
  backgroundSwitch: 'Meine Dateien im Hintergrund verarbeiten',
  backgroundText: 'Wenn Sie sich anmelden, wird alles eingereiht, was von Ihnen noch nicht ' +
    'verarbeitet ist, das Neueste zuerst. Es läuft nur, wenn nichts Dringenderes wartet. ' +
    'Ausgeschaltet wird zurückgenommen, was noch nicht begonnen hat; was Sie selbst verlangen, ' +
    'wird immer verarbeitet.',
  startNow: 'Hintergrundarbeit jetzt starten',
  starting: 'Es wird gesucht…',
  foundNothing: 'Alles ist schon verarbeitet. Es gab nichts zu starten.',
  started: (count) => `Mit ${count} ${count === 1 ? 'Datei' : 'Dateien'} begonnen.`,
  running: (count) => `${filesGerman(count)} ${count === 1 ? 'ist' : 'sind'} schon unterwegs.`,
  heldUntil: (when) => `Die Ruhezeit hält sie bis ${when} zurück.`,
  isOff: 'Die Verarbeitung im Hintergrund ist ausgeschaltet.',

  quiet: 'Ruhezeit',
  quietSwitch: 'Zu bestimmten Stunden keine Hintergrundarbeit',
  quietText: 'In diesen Stunden wird im Hintergrund nichts begonnen. Was wartet, sagt, bis wann ' +
    'es zurückgehalten wird.',
  from: 'Von',
  to: 'Bis',
  timeZone: 'Zeitzone',
  useDevice: (zone) => `Die dieses Geräts nehmen: ${zone}`,

  notifications: 'Benachrichtigungen',
  notifySwitch: 'Bescheid geben, wenn meine Dateien fertig sind',
  notifyText: 'Eine Benachrichtigung des Browsers, nur solange diese Seite im Hintergrund ist.',
  granted: 'Dieser Browser zeigt sie.',
  denied: 'Dieser Browser blockiert sie für diese Seite. Erlauben Sie sie in seinen Einstellungen.',
  undecided: 'Dieser Browser wurde noch nicht gefragt.',
  unsupported: 'Dieser Browser kann keine Benachrichtigungen zeigen.',
  ask: 'In diesem Browser erlauben',

  mail: 'E-Mail',
  mailSwitch: 'Mir eine E-Mail schicken, wenn eine lange Arbeit zu Ende ist',
  mailText: (address) =>
    `Eine E-Mail für alle Dateien, die Sie zusammen verlangt haben, an ${address}. Keine für ` +
    'Arbeit im Hintergrund.',
  noAddress: 'Die Anwendung kennt keine E-Mail-Adresse von Ihnen; es kann keine geschickt werden.',
  mailMinutes: 'Wenn sie mindestens so lange gedauert hat',
};
