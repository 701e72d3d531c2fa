/**
 * Texts of the tray, of the end of work, and for screen readers.
 *
 * @module
 */
import { filesEnglish, filesGerman } from './count.ts';

/** `12 files ready`, `1 failed`, … without zero counts. */
function joined(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(', ');
}

export const trayEnglish = {
  title: 'Progress',
  attention: 'Needs attention',
  running: 'In progress',
  done: 'Done',
  expand: 'Show progress',
  minimise: 'Minimise progress',
  counts: (attention: number, running: number, done: number) =>
    joined(
      attention > 0 && `${attention} ${attention === 1 ? 'needs' : 'need'} attention`,
      running > 0 && `${running} in progress`,
      done > 0 && `${done} done`,
    ),
  overall: 'All work',
  andMore: (count: number) => `and ${count} more`,
  clearDone: 'Clear all',
  unnamed: 'Knowledge base',
  offline: 'Offline. It goes on when the network is back.',
  reconnecting: 'Reconnecting…',
  unreachable: 'The server cannot be reached.',
  refused: 'You may not see this any more.',
  noWorker: 'No worker is running',
  stalled: 'No news for a while. The server looks after it.',
  checkAgain: 'Check again',
  waiting: 'Waiting for its turn',
  tellMe: 'Tell me when it is done',
  willTell: 'You will be told when it is done',
  tellNoMore: 'Do not tell me',
  blocked: 'This browser blocks notifications. Allow them in its settings for this site.',

  summary: (ready: number, failed: number, cancelled: number) =>
    joined(
      (ready > 0 || failed + cancelled === 0) && `${filesEnglish(ready)} ready`,
      failed > 0 && `${ready > 0 ? failed : filesEnglish(failed)} failed`,
      cancelled > 0 && `${ready + failed > 0 ? cancelled : filesEnglish(cancelled)} cancelled`,
    ),
  show: 'Show',
  saidAbout: (name: string, text: string) => `${name}: ${text}`,
  started: (count: number) => `work on ${filesEnglish(count)} has started`,
  startedMany: (count: number) => `Work on ${filesEnglish(count)} is under way`,
  percentDone: (percent: string) => `${percent} done`,
};

export const trayGerman: typeof trayEnglish = {
  title: 'Fortschritt',
  attention: 'Braucht Ihre Aufmerksamkeit',
  running: 'In Arbeit',
  done: 'Fertig',
  expand: 'Fortschritt zeigen',
  minimise: 'Fortschritt verkleinern',
  counts: (attention, running, done) =>
    joined(
      attention > 0 && `${attention} ${attention === 1 ? 'braucht' : 'brauchen'} Aufmerksamkeit`,
      running > 0 && `${running} in Arbeit`,
      done > 0 && `${done} fertig`,
    ),
  overall: 'Alle Arbeit',
  andMore: (count) => `und ${count} weitere`,
  clearDone: 'Alle ausblenden',
  unnamed: 'Wissensdatenbank',
  offline: 'Kein Netz. Es geht weiter, sobald es wieder da ist.',
  reconnecting: 'Verbindung wird wiederhergestellt …',
  unreachable: 'Der Server ist nicht erreichbar.',
  refused: 'Sie dürfen das nicht mehr sehen.',
  noWorker: 'Es läuft kein Arbeitsprozess',
  stalled: 'Seit einer Weile nichts Neues. Der Server kümmert sich darum.',
  checkAgain: 'Noch einmal nachsehen',
  waiting: 'Wartet, bis es an der Reihe ist',
  tellMe: 'Sagen Sie mir, wenn es fertig ist',
  willTell: 'Sie erfahren, wenn es fertig ist',
  tellNoMore: 'Nicht mehr Bescheid sagen',
  blocked:
    'Dieser Browser blockiert Benachrichtigungen. Erlauben Sie sie in seinen Einstellungen für diese Seite.',

  summary: (ready, failed, cancelled) =>
    joined(
      (ready > 0 || failed + cancelled === 0) && `${filesGerman(ready)} bereit`,
      failed > 0 && `${ready > 0 ? failed : filesGerman(failed)} fehlgeschlagen`,
      cancelled > 0 && `${ready + failed > 0 ? cancelled : filesGerman(cancelled)} abgebrochen`,
    ),
  show: 'Zeigen',
  saidAbout: (name, text) => `${name}: ${text}`,
  started: (count) => `Arbeit an ${filesGerman(count)} hat begonnen`,
  startedMany: (count) => `An ${filesGerman(count)} wird gearbeitet`,
  percentDone: (percent) => `${percent} geschafft`,
};
