/**
 * Adding, listing and searching the files of a knowledge base.
 *
 * @module
 */

export const filesAreaEnglish = {
  dropTitle: 'Drop files or folders here',
  dropHint: 'Documents, recordings and videos. You can leave once they are uploaded.',
  dropNow: 'Drop to add',
  chooseFiles: 'Choose files',
  chooseFolder: 'Choose a folder',
  nothingDropped: 'There was no file in it.',
  announcing: 'Getting ready…',
  keepOpen: 'Keep this page open until everything is uploaded.',

  filesTitle: 'Files',
  noFiles: 'Add documents or recordings. Their text becomes searchable as soon as they are read.',
  notProcessed: 'Not processed yet',
  sortLabel: 'Sort by',
  removeTitle: (name: string) => `Remove “${name}”?`,
  removeText: 'The file and its text leave this knowledge base. This cannot be undone.',

  searchLabel: 'Search in all files',
  searchPlaceholder: 'Search in all files',
  clearSearch: 'Clear search',
  hits: (count: number) => count === 1 ? '1 hit' : `${count} hits`,
  noHits: (query: string) => `Nothing found for “${query}”`,
  similarHits: (query: string) => `Nothing found for “${query}”. These are similar:`,
  moreHits: 'Show more hits',
};

export const filesAreaGerman: typeof filesAreaEnglish = {
  dropTitle: 'Dateien oder Ordner hier ablegen',
  dropHint:
    'Dokumente, Aufnahmen und Videos. Sobald sie hochgeladen sind, können Sie die Seite verlassen.',
  dropNow: 'Zum Hinzufügen loslassen',
  chooseFiles: 'Dateien auswählen',
  chooseFolder: 'Ordner auswählen',
  nothingDropped: 'Darin war keine Datei.',
  announcing: 'Wird vorbereitet …',
  keepOpen: 'Lassen Sie diese Seite offen, bis alles hochgeladen ist.',

  filesTitle: 'Dateien',
  noFiles:
    'Fügen Sie Dokumente oder Aufnahmen hinzu. Ihr Text ist durchsuchbar, sobald sie gelesen sind.',
  notProcessed: 'Noch nicht verarbeitet',
  sortLabel: 'Sortieren nach',
  removeTitle: (name) => `„${name}“ entfernen?`,
  removeText:
    'Die Datei und ihr Text werden aus dieser Wissensdatenbank entfernt. Das lässt sich nicht rückgängig machen.',

  searchLabel: 'In allen Dateien suchen',
  searchPlaceholder: 'In allen Dateien suchen',
  clearSearch: 'Suche leeren',
  hits: (count) => count === 1 ? '1 Treffer' : `${count} Treffer`,
  noHits: (query) => `Nichts gefunden für „${query}“`,
  similarHits: (query) => `Nichts gefunden für „${query}“. Ähnliches:`,
  moreHits: 'Weitere Treffer zeigen',
};
