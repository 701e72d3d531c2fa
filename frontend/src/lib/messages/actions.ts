/**
 * Labels of buttons.
 *
 * @module
 */
import { filesEnglish, filesGerman } from './count.ts';

export const actionsEnglish = {
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  retry: 'Retry',
  dismiss: 'Dismiss',
  remove: 'Remove',
  close: 'Close',
  keep: 'Keep',
  process: 'Process',
  processAll: 'Process all',
  forFile: (action: string, name: string) => `${action} ${name}`,
  showAll: (count: number) => `Show all ${filesEnglish(count)}`,
  showFewer: 'Show fewer',
  loadMore: 'Load more',
  loading: 'Loading…',
  tryAgain: 'Try again',
};

export const actionsGerman: typeof actionsEnglish = {
  pause: 'Anhalten',
  resume: 'Fortsetzen',
  cancel: 'Abbrechen',
  retry: 'Wiederholen',
  dismiss: 'Ausblenden',
  remove: 'Entfernen',
  close: 'Schließen',
  keep: 'Behalten',
  process: 'Verarbeiten',
  processAll: 'Alle verarbeiten',
  forFile: (action, name) => `${action}: ${name}`,
  showAll: (count) => `Alle ${filesGerman(count)} zeigen`,
  showFewer: 'Weniger zeigen',
  loadMore: 'Mehr laden',
  loading: 'Wird geladen …',
  tryAgain: 'Noch einmal versuchen',
};
