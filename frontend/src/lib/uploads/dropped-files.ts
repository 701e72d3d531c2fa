/**
 * The files in a drop, folders included.
 *
 * @module
 */
/// <reference lib="dom" />

/** Files that systems put into folders and nobody means to upload. */
const SYSTEM_FILES = new Set(['thumbs.db', 'desktop.ini']);

/**
 * Reads what was dropped. Has to be called within the event, because the browser forgets the items
 * afterwards.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const nested = await Promise.all(
    entries.map((entry) => entry instanceof File ? [entry] : readEntry(entry)),
  );
  return meantFiles(nested.flat());
}

/** Leaves out hidden files and those that the system made. */
export function meantFiles(files: Iterable<File>): File[] {
  return [...files].filter(({ name }) =>
    !name.startsWith('.') && !SYSTEM_FILES.has(name.toLowerCase())
  );
}

async function readEntry(entry: FileSystemEntry | null): Promise<File[]> {
  if (entry === null || entry.name.startsWith('.')) return [];
  if (isFile(entry)) return [await new Promise<File>((done, fail) => entry.file(done, fail))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  // A reader hands out a hundred entries at a time, and an empty list at the end.
  for (let batch = await readBatch(reader); batch.length > 0; batch = await readBatch(reader)) {
    files.push(...(await Promise.all(batch.map(readEntry))).flat());
  }
  return files;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function readBatch(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((done, fail) => reader.readEntries(done, fail));
}
