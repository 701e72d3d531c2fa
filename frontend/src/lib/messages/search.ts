/**
 * The search over all knowledge bases.
 *
 * @module
 */
import { filesEnglish, filesGerman } from './count.ts';

export const searchEnglish = {
  open: 'Search',
  title: 'Search all knowledge bases',
  placeholder: 'Search all knowledge bases',
  hint: 'Finds words in documents and recordings of all knowledge bases. “Quotes” find a phrase.',
  close: 'Close',
  searching: 'Searching…',
  offline: 'You are offline. The search continues when the network is back.',
  found: (hits: number, files: number) =>
    `${hits === 1 ? '1 hit' : `${hits} hits`} in ${filesEnglish(files)}`,
  andMore: (name: string, more: number) => `${name} and ${more} more`,
  inNone: 'In no knowledge base',
  moreHits: (count: number) => `Show more hits (${count})`,
  moreFiles: 'Show more files',
  keyChoose: 'choose',
  keyOpen: 'open',
  keyClose: 'close',
};

export const searchGerman: typeof searchEnglish = {
  open: 'Suchen',
  title: 'Alle Wissensdatenbanken durchsuchen',
  placeholder: 'Alle Wissensdatenbanken durchsuchen',
  hint:
    'Findet Wörter in Dokumenten und Aufnahmen aller Wissensdatenbanken. „Anführungszeichen“ finden eine Wortfolge.',
  close: 'Schließen',
  searching: 'Wird gesucht …',
  offline: 'Kein Netz. Die Suche geht weiter, sobald es wieder da ist.',
  found: (hits, files) => `${hits} Treffer in ${filesGerman(files)}`,
  andMore: (name, more) => `${name} und ${more} weitere`,
  inNone: 'In keiner Wissensdatenbank',
  moreHits: (count) => `Weitere Treffer zeigen (${count})`,
  moreFiles: 'Weitere Dateien zeigen',
  keyChoose: 'auswählen',
  keyOpen: 'öffnen',
  keyClose: 'schließen',
};
