/**
 * The page of a knowledge base: adding, following, finding.
 *
 * @module
 */
import type { FileState } from '#contract/states.ts';
import type { FileKind } from '#contract/kinds.ts';
import type { Priority } from '#contract/statuses.ts';
import type { FileGroup, RowOrder } from '../components/session-filter.ts';
import { filesEnglish, filesGerman } from './count.ts';

const english = {
  comparing: 'Comparing with what is there…',
  leftOutHidden: (count: number) =>
    `${
      count === 1 ? 'A hidden or system file was' : `${count} hidden or system files were`
    } left out.`,
  emptyFolders: (names: string, more: number) =>
    `Nothing in: ${names}${more > 0 ? ` and ${more} more` : ''}.`,
  portions: (count: number) => `That is a lot: it comes in as ${count} sessions.`,

  duplicatesTitle: (count: number) =>
    count === 1 ? 'This file is there already' : `${filesEnglish(count)} are there already`,
  duplicatesText: 'They were not sent. Everything else is on its way.',
  duplicateOfSame: 'the same content',
  duplicateOf: (name: string) => `the same content as ${name}`,
  duplicateByName: 'the same name and size',
  duplicateComing: 'being sent right now',
  sendAnyway: 'Send anyway',
  sendAllAnyway: 'Send all anyway',
  skip: 'Skip',
  skipAll: 'Skip all',

  priority: 'Priority',
  priorities: {
    high: 'High priority',
    medium: 'Medium priority',
    low: 'Low priority',
  } as Record<Priority, string>,
  goFirst: 'Put first',
  retryFailed: (count: number) => count === 1 ? 'Retry the failed file' : `Retry ${count} failed`,
  cancelled: 'Cancelled. What was read so far is kept.',
  undo: 'Undo',
  cancelTitle: (count: number) => `Cancel ${filesEnglish(count)}?`,
  cancelText: (count: number) =>
    `${
      filesEnglish(count)
    } are being sent from another tab or device. To go on later, they have to be chosen again there.`,
  cancelAll: 'Cancel all',

  gaveWay: (to: string) => `gave way to ${to}, goes on afterwards`,
  goesOnFrom: (place: string) => `goes on from: ${place}`,
  filesAhead: (count: number) => count === 0 ? 'next in line' : `${count} before it`,
  nextTry: (number: number, duration: string) => `try ${number} in ${duration}`,
  nextTryNow: (number: number) => `try ${number} is about to start`,
  sentFromElsewhere: 'sent from another tab or device',
  waitsToBeSent: 'waits to be sent',
  whatToDo: {
    empty_text: 'If there should be text in it, upload another copy.',
    no_audio: 'Check that the recording has sound, and upload it again.',
    stalled: 'Retry it. If it stops there again, the file itself may be the reason.',
    processing_failed: 'Retry it. If it fails again, tell your administrator.',
  } as Record<string, string>,

  statesLabel: 'State',
  states: {
    all: 'All',
    ready: 'Ready',
    working: 'In work',
    attention: 'Needs attention',
  } as Record<
    FileState | 'all',
    string
  >,
  kindLabel: 'Kind',
  kinds: {
    all: 'All kinds',
    document: 'Documents',
    table: 'Tables',
    slides: 'Slides',
    image: 'Images',
    audio: 'Recordings',
    video: 'Videos',
  } as Record<FileKind | 'all', string>,
  orders: { newest: 'Newest', name: 'Name', size: 'Largest', state: 'State' } as Record<
    'newest' | 'name' | 'size' | 'state',
    string
  >,
  groups: {
    all: 'All',
    running: 'Running',
    waiting: 'Waiting',
    failed: 'Failed',
    done: 'Done',
  } as Record<FileGroup, string>,
  rowOrders: { given: 'As added', name: 'Name', size: 'Largest', status: 'Status' } as Record<
    RowOrder,
    string
  >,
  filterNames: 'Find a file by name',
  nothingMatches: 'No file matches this filter.',
  showEverything: 'Show everything',
  inWork: 'In work',
  filesOf: (name: string) => `Files of: ${name}`,
  inFolder: (folder: string) => `in ${folder}`,
};

export type KnowledgeMessages = typeof english;
export const knowledgeEnglish: KnowledgeMessages = english;

export const knowledgeGerman: KnowledgeMessages = {
  comparing: 'Wird mit Vorhandenem verglichen …',
  leftOutHidden: (count) =>
    count === 1
      ? 'Eine versteckte oder Systemdatei wurde ausgelassen.'
      : `${count} versteckte oder Systemdateien wurden ausgelassen.`,
  emptyFolders: (names, more) => `Leere Ordner: ${names}${more > 0 ? ` und ${more} weitere` : ''}.`,
  portions: (count) => `Das ist viel: Es wird auf ${count} Sitzungen verteilt.`,

  duplicatesTitle: (count) =>
    count === 1 ? 'Diese Datei ist schon da' : `${filesGerman(count)} sind schon da`,
  duplicatesText: 'Sie wurden nicht gesendet. Alles andere ist unterwegs.',
  duplicateOfSame: 'gleicher Inhalt',
  duplicateOf: (name) => `gleicher Inhalt wie ${name}`,
  duplicateByName: 'gleicher Name und gleiche Größe',
  duplicateComing: 'wird gerade gesendet',
  sendAnyway: 'Trotzdem senden',
  sendAllAnyway: 'Alle trotzdem senden',
  skip: 'Auslassen',
  skipAll: 'Alle auslassen',

  priority: 'Priorität',
  priorities: {
    high: 'Hohe Priorität',
    medium: 'Mittlere Priorität',
    low: 'Niedrige Priorität',
  },
  goFirst: 'Vorziehen',
  retryFailed: (count) =>
    count === 1 ? 'Fehlgeschlagene Datei wiederholen' : `${count} fehlgeschlagene wiederholen`,
  cancelled: 'Abgebrochen. Was schon gelesen ist, bleibt erhalten.',
  undo: 'Rückgängig',
  cancelTitle: (count) => `${filesGerman(count)} abbrechen?`,
  cancelText: (count) =>
    `${
      filesGerman(count)
    } werden aus einem anderen Tab oder Gerät gesendet. Um später weiterzumachen, müssen sie dort neu ausgewählt werden.`,
  cancelAll: 'Alle abbrechen',

  gaveWay: (to) => `macht Platz für ${to}, geht danach weiter`,
  goesOnFrom: (place) => `geht weiter ab: ${place}`,
  filesAhead: (count) => count === 0 ? 'kommt als Nächstes' : `${count} davor`,
  nextTry: (number, duration) => `${number}. Versuch in ${duration}`,
  nextTryNow: (number) => `${number}. Versuch beginnt gleich`,
  sentFromElsewhere: 'kommt aus einem anderen Tab oder Gerät',
  waitsToBeSent: 'wartet aufs Senden',
  whatToDo: {
    empty_text: 'Wenn Text darin sein sollte, laden Sie eine andere Kopie hoch.',
    no_audio: 'Prüfen Sie, ob die Aufnahme Ton hat, und laden Sie sie erneut hoch.',
    stalled:
      'Versuchen Sie es noch einmal. Bleibt es wieder dort stehen, liegt es wohl an der Datei ' +
      'selbst.',
    processing_failed:
      'Versuchen Sie es noch einmal. Schlägt es wieder fehl, fragen Sie Ihre Administration.',
  },

  statesLabel: 'Zustand',
  states: {
    all: 'Alle',
    ready: 'Bereit',
    working: 'In Arbeit',
    attention: 'Braucht Aufmerksamkeit',
  },
  kindLabel: 'Art',
  kinds: {
    all: 'Alle Arten',
    document: 'Dokumente',
    table: 'Tabellen',
    slides: 'Folien',
    image: 'Bilder',
    audio: 'Aufnahmen',
    video: 'Videos',
  },
  orders: { newest: 'Neueste', name: 'Name', size: 'Größte', state: 'Zustand' },
  groups: {
    all: 'Alle',
    running: 'Laufend',
    waiting: 'Wartend',
    failed: 'Fehlgeschlagen',
    done: 'Fertig',
  },
  rowOrders: { given: 'Wie hinzugefügt', name: 'Name', size: 'Größte', status: 'Status' },
  filterNames: 'Datei nach Namen suchen',
  nothingMatches: 'Keine Datei passt zu diesem Filter.',
  showEverything: 'Alles zeigen',
  inWork: 'In Arbeit',
  filesOf: (name) => `Dateien von: ${name}`,
  inFolder: (folder) => `in ${folder}`,
};
