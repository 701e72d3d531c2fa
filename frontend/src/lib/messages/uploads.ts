/**
 * Texts of resumable uploads.
 *
 * @module
 */
import { filesEnglish, filesGerman } from './count.ts';

export const uploadsEnglish = {
  pendingTitle: (count: number) => `${filesEnglish(count)} still to be sent`,
  pendingHint: (count: number) =>
    `Choose ${count === 1 ? 'it' : 'them'} again, or drop ${
      count === 1 ? 'it' : 'them'
    } anywhere on this page. What has arrived is not sent twice.`,
  chooseAgain: 'Choose again',
  arrived: (percent: string) => `${percent} arrived`,
  andMore: (count: number) => `and ${count} more`,
  elsewhere: 'being sent from another tab or device',
  restarted: 'sent from the beginning again: what had arrived was no longer kept',
};

export const uploadsGerman: typeof uploadsEnglish = {
  pendingTitle: (count) => `Noch zu senden: ${filesGerman(count)}`,
  pendingHint: (count) =>
    `Wählen Sie ${
      count === 1 ? 'die Datei' : 'die Dateien'
    } noch einmal aus, oder ziehen Sie sie ` +
    'irgendwo auf diese Seite. Was schon angekommen ist, wird nicht noch einmal gesendet.',
  chooseAgain: 'Noch einmal auswählen',
  arrived: (percent) => `${percent} angekommen`,
  andMore: (count) => `und ${count} weitere`,
  elsewhere: 'wird in einem anderen Tab oder auf einem anderen Gerät gesendet',
  restarted: 'wird von vorn gesendet: Das Angekommene war nicht mehr aufbewahrt',
};
