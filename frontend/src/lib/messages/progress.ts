/**
 * Words of progress: steps, states, sessions, time left.
 *
 * @module
 */
import type { FileStatus, SessionStatus, Step } from '#contract/progress.ts';
import { filesEnglish, filesGerman } from './count.ts';

const stepsEnglish: Record<Step, string> = {
  upload: 'Uploading',
  queue: 'Waiting',
  extract: 'Reading',
  transcribe: 'Transcribing',
  index: 'Indexing',
  run: 'Working',
};

const stepsGerman: Record<Step, string> = {
  upload: 'Wird hochgeladen',
  queue: 'Wartet',
  extract: 'Wird gelesen',
  transcribe: 'Wird transkribiert',
  index: 'Wird durchsuchbar gemacht',
  run: 'In Arbeit',
};

const fileStatusesEnglish: Record<FileStatus, string> = {
  uploading: 'Uploading',
  queued: 'Waiting',
  interrupted: 'Interrupted',
  processing: 'Processing',
  paused: 'Paused',
  completed: 'Done',
  error: 'Failed',
  cancelled: 'Cancelled',
};

const fileStatusesGerman: Record<FileStatus, string> = {
  uploading: 'Wird hochgeladen',
  queued: 'Wartet',
  interrupted: 'Unterbrochen',
  processing: 'In Arbeit',
  paused: 'Angehalten',
  completed: 'Fertig',
  error: 'Fehlgeschlagen',
  cancelled: 'Abgebrochen',
};

const sessionTitlesEnglish: Record<SessionStatus, (count: number) => string> = {
  queued: (count) => `${filesEnglish(count)} waiting`,
  processing: (count) => `Processing ${filesEnglish(count)}`,
  paused: (count) => `${filesEnglish(count)} paused`,
  completed: (count) => `${filesEnglish(count)} processed`,
  error: (count) => count === 1 ? 'A file failed' : `${filesEnglish(count)} failed`,
  cancelled: (count) => `Cancelled ${filesEnglish(count)}`,
};

const sessionTitlesGerman: Record<SessionStatus, (count: number) => string> = {
  queued: (count) => `${filesGerman(count)} in der Warteschlange`,
  processing: (count) => `${filesGerman(count)} in Arbeit`,
  paused: (count) => `${filesGerman(count)} angehalten`,
  completed: (count) => `${filesGerman(count)} verarbeitet`,
  error: (count) =>
    count === 1 ? 'Eine Datei ist fehlgeschlagen' : `${filesGerman(count)} fehlgeschlagen`,
  cancelled: (count) => `${filesGerman(count)} abgebrochen`,
};

export const progressEnglish = {
  steps: stepsEnglish,
  fileStatuses: fileStatusesEnglish,
  sessionTitles: sessionTitlesEnglish,
  files: filesEnglish,

  partlyDone: (done: number, failed: number) => `${filesEnglish(done)} processed, ${failed} failed`,
  uploadingTitle: (count: number) => `Uploading ${filesEnglish(count)}`,
  uploadingCount: (sent: number, total: number) => `${sent} of ${total} uploaded`,
  perSecond: (amount: string) => `${amount}/s`,
  timeLeft: (duration: string) => `about ${duration} left`,
  ofSize: (sent: string, total: string) => `${sent} of ${total}`,
  queuePosition: (position: number) =>
    position <= 0 ? 'next in line' : `${position} ahead in the queue`,
  someFailed: (count: number) => `${count} failed`,
  starting: 'Starting',
  reconnecting: 'Connection lost. Trying again; the work itself goes on.',
  noNews: 'No news for a minute. The server looks after it and goes on or says why not.',
  uploadsFailed: (count: number) => `${filesEnglish(count)} could not be uploaded.`,
  uploadFailed: (reason: string) => `Upload failed: ${reason}`,
  attempt: (number: number) => `attempt ${number}`,
  sessionEnded: (title: string) => title,
  failedWithoutReason: 'It failed and did not say why.',
};

export const progressGerman: typeof progressEnglish = {
  steps: stepsGerman,
  fileStatuses: fileStatusesGerman,
  sessionTitles: sessionTitlesGerman,
  files: filesGerman,

  partlyDone: (done, failed) => `${filesGerman(done)} verarbeitet, ${failed} fehlgeschlagen`,
  uploadingTitle: (count) =>
    count === 1 ? '1 Datei wird hochgeladen' : `${count} Dateien werden hochgeladen`,
  uploadingCount: (sent, total) => `${sent} von ${total} hochgeladen`,
  perSecond: (amount) => `${amount} pro Sekunde`,
  timeLeft: (duration) => `noch etwa ${duration}`,
  ofSize: (sent, total) => `${sent} von ${total}`,
  queuePosition: (position) => position <= 0 ? 'als Nächstes an der Reihe' : `${position} davor`,
  someFailed: (count) => `${count} fehlgeschlagen`,
  starting: 'Beginnt',
  reconnecting: 'Verbindung verloren. Es wird wieder versucht; die Arbeit selbst geht weiter.',
  noNews:
    'Seit einer Minute nichts Neues. Der Server kümmert sich darum: Es geht weiter, oder er sagt, warum nicht.',
  uploadsFailed: (count) =>
    count === 1
      ? '1 Datei konnte nicht hochgeladen werden.'
      : `${count} Dateien konnten nicht hochgeladen werden.`,
  uploadFailed: (reason) => `Hochladen fehlgeschlagen: ${reason}`,
  attempt: (number) => `${number}. Versuch`,
  sessionEnded: (title) => title,
  failedWithoutReason: 'Fehlgeschlagen, ohne dass ein Grund genannt wurde.',
};
