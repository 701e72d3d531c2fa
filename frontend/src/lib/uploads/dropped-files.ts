/**
 * Chosen or dropped files, folders included.
 *
 * @module
 */
/// <reference lib="dom" />

export interface ChosenFiles {
  files: File[];
  /** Number of skipped files: hidden ones, and those that systems put into folders. */
  leftOut: number;
  /** Paths of folders without any file. */
  emptyFolders: string[];
}

const SYSTEM_FILES = new Set(['thumbs.db', 'desktop.ini', 'ehthumbs.db']);
/** Folders that archives and version control add to the user's own. */
const SYSTEM_FOLDERS = new Set(['__macosx']);

/** Folder of each dropped file; the browser reports it only for files picked in a dialog. */
export const folders = new WeakMap<File, string>();

/** Folder of a file, like `reports/2024`; empty for a file chosen by itself. */
export function folderOf(file: File): string {
  const path = file.webkitRelativePath ?? '';
  return folders.get(file) ?? (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');
}

/** Name of a file, prefixed with its folder. */
export function pathOf(file: File): string {
  const folder = folderOf(file);
  return folder === '' ? file.name : `${folder}/${file.name}`;
}

/** Reads dropped files and folders. Call it within the event: browsers clear the items after it. */
export async function droppedFiles(transfer: Pick<DataTransfer, 'items'>): Promise<ChosenFiles> {
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const parts = await Promise.all(
    entries.map((entry) => entry instanceof File ? pickedFiles([entry]) : readEntry(entry, '')),
  );
  return together(parts);
}

/** Filters the files of an input element. */
export function pickedFiles(picked: Iterable<File>): ChosenFiles {
  const all = [...picked];
  const files = all.filter((file) => !pathOf(file).split('/').some(isSystems));
  return { files, leftOut: all.length - files.length, emptyFolders: [] };
}

function isSystems(name: string): boolean {
  const known = name.toLowerCase();
  return name.startsWith('.') || SYSTEM_FILES.has(known) || SYSTEM_FOLDERS.has(known);
}

const NOTHING: ChosenFiles = { files: [], leftOut: 0, emptyFolders: [] };

async function readEntry(entry: FileSystemEntry | null, folder: string): Promise<ChosenFiles> {
  if (entry === null) return NOTHING;
  if (isSystems(entry.name)) return { ...NOTHING, leftOut: 1 };
  if (!isFile(entry)) return await readFolder(entry as FileSystemDirectoryEntry, folder);
  const file = await new Promise<File>((done, fail) => entry.file(done, fail));
  if (folder !== '') folders.set(file, folder);
  return { ...NOTHING, files: [file] };
}

async function readFolder(entry: FileSystemDirectoryEntry, above: string): Promise<ChosenFiles> {
  const folder = above === '' ? entry.name : `${above}/${entry.name}`;
  const reader = entry.createReader();
  const parts: ChosenFiles[] = [];
  // A reader returns a hundred entries at a time, and an empty list at the end.
  for (let batch = await readBatch(reader); batch.length > 0; batch = await readBatch(reader)) {
    parts.push(...await Promise.all(batch.map((child) => readEntry(child, folder))));
  }
  const found = together(parts);
  const empty = found.files.length === 0 && found.emptyFolders.length === 0;
  return empty ? { ...found, emptyFolders: [folder] } : found;
}

function together(parts: readonly ChosenFiles[]): ChosenFiles {
  return {
    files: parts.flatMap(({ files }) => files),
    leftOut: parts.reduce((sum, { leftOut }) => sum + leftOut, 0),
    emptyFolders: parts.flatMap(({ emptyFolders }) => emptyFolders),
  };
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function readBatch(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((done, fail) => reader.readEntries(done, fail));
}
