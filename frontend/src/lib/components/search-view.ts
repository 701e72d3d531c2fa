/**
 * Hits of a search as they are shown, and the keys that lead through them. Pure.
 *
 * @module
 */
import type { HitKnowledge, SearchHit, SearchResults } from '#contract/files.ts';
import { formatClock } from './formatting.ts';
import type { FilePlace } from './hrefs.ts';
import type { Messages } from './messages.ts';

/** Hits of one file, best first. */
export interface FileHits {
  readonly fileId: string;
  readonly filename: string;
  /** Null for a file in no knowledge base that the asker may read. */
  readonly knowledge: HitKnowledge | null;
  readonly hits: readonly SearchHit[];
  /** Hits in the file, shown or not. */
  readonly total: number;
}

/** Files with hits, as far as they are loaded. */
export interface FoundFiles {
  readonly query: string;
  readonly files: readonly FileHits[];
  /** Hits in all files. */
  readonly total: number;
  /** Files with hits, loaded or not. */
  readonly totalFiles: number;
  /** Files that the server has sent: the offset of the next page. */
  readonly sent: number;
  readonly approximate: boolean;
}

/** Place of a hit in its file. */
export function placeOfHit(hit: SearchHit): FilePlace {
  return hit.start === null ? { part: hit.part_index } : { t: hit.start };
}

/** {@link placeOfHit} with the first of its matches to mark there. */
export function markedPlace(hit: SearchHit): FilePlace {
  const [match] = hit.matches;
  const find = match && hit.snippet.slice(...match);
  return { ...placeOfHit(hit), ...(find && { find }) };
}

/** The page or the time of a hit. */
export function placeName(hit: SearchHit, messages: Messages): string {
  if (hit.start !== null) return formatClock(hit.start);
  return hit.label || messages.partKinds[hit.kind](hit.part_index + 1);
}

const toFile = (hit: SearchHit): FileHits => ({
  fileId: hit.file_id,
  filename: hit.filename,
  knowledge: hit.knowledge ?? null,
  hits: [hit],
  total: hit.in_file ?? 1,
});

/** Files of a first page (`group=file`), or of a further one after those shown. */
export function withFiles(results: SearchResults, shown?: FoundFiles): FoundFiles {
  const before = shown?.files ?? [];
  // A file that was indexed between two pages can be on both.
  const known = new Set(before.map(({ fileId }) => fileId));
  const added = results.hits.filter(({ file_id }) => !known.has(file_id)).map(toFile);
  return {
    query: results.query,
    files: [...before, ...added],
    total: results.total,
    totalFiles: results.total_files ?? before.length + added.length,
    sent: (shown?.sent ?? 0) + results.hits.length,
    approximate: results.approximate ?? false,
  };
}

/** Adds further hits of one file (`file_id`) behind those shown. */
export function withHits(shown: FoundFiles, fileId: string, results: SearchResults): FoundFiles {
  const files = shown.files.map((file) => {
    if (file.fileId !== fileId) return file;
    const hits = [...file.hits, ...results.hits];
    // An empty page is the end, whatever the total said before.
    return { ...file, hits, total: results.hits.length === 0 ? hits.length : results.total };
  });
  return { ...shown, files };
}

/** True if the server has more files than are shown. */
export const hasMoreFiles = ({ sent, totalFiles }: FoundFiles): boolean => sent < totalFiles;

export type SearchStatus = 'idle' | 'loading' | 'found' | 'offline' | 'failed';

/** Status line of a search; empty if another element shows the status. */
export function searchNews(
  status: SearchStatus,
  found: FoundFiles | null,
  messages: Messages,
): string {
  if (status === 'loading') return messages.search.searching;
  if (status === 'offline') return messages.search.offline;
  if (status !== 'found' || !found) return '';
  if (found.files.length === 0) return messages.noHits(found.query);
  const count = messages.search.found(found.total, found.totalFiles);
  return found.approximate ? `${messages.similarHits(found.query)} ${count}` : count;
}

/** Index of the entry that a key moves to; -1 is the field above them, undefined is no move. */
export function entryAfter(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined;
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return at < 0 ? undefined : at - 1;
    // In the field they move the caret.
    case 'Home':
      return at < 0 ? undefined : 0;
    case 'End':
      return at < 0 ? undefined : count - 1;
    default:
      return undefined;
  }
}

type Keys = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/**
 * True for Ctrl-K, or Command-K on a Mac, where Ctrl-K deletes to the end of the line. On a layout
 * without Latin letters the place of the key counts.
 */
export function isSearchKey(event: Keys, isMac: boolean): boolean {
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (altKey || shiftKey || ctrlKey === isMac || metaKey !== isMac) return false;
  return /^[a-z]$/i.test(key) ? key.toLowerCase() === 'k' : code === 'KeyK';
}

/** True for a key that writes: pressed on a hit, it goes to the field. */
export function isTyped({ key, ctrlKey, metaKey, altKey }: Keys): boolean {
  if (ctrlKey || metaKey || altKey) return false;
  return key === 'Backspace' || (key !== ' ' && [...key].length === 1);
}
