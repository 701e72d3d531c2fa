/**
 * Matches chosen files with unfinished uploads. Pure.
 *
 * @module
 */
import type { SessionAccepted } from '#contract/sessions.ts';
import type { PendingUpload } from '#contract/uploads.ts';
import { folderOf } from './dropped-files.ts';

export interface Matched {
  pending: PendingUpload;
  file: File;
}

/**
 * Name and size must be equal, and the folder and the modification time where they are known. Each
 * file and each upload is matched once; `rest` is in the order of `files`. The server compares the
 * bytes before it accepts more of them.
 */
export function matchPending(
  pending: readonly PendingUpload[],
  files: readonly File[],
): { matched: Matched[]; rest: File[] } {
  const open = [...pending];
  const matched: Matched[] = [];
  const rest = files.filter((file) => {
    const at = open.findIndex((upload) => isSame(upload, file));
    const [found] = at < 0 ? [] : open.splice(at, 1);
    if (found) matched.push({ pending: found, file });
    return found === undefined;
  });
  return { matched, rest };
}

function isSame(upload: PendingUpload, file: File): boolean {
  const { name, size, folder, last_modified: lastModified } = upload;
  return name === file.name.normalize('NFC').trim() && size === file.size &&
    (folder === null || folder === folderOf(file)) &&
    (lastModified === null || lastModified === file.lastModified);
}

/** Returns the session of a pending upload as if it had just been announced. */
export function acceptedBefore(pending: PendingUpload, count: number): SessionAccepted {
  const { session_id } = pending;
  const words = { status: 'processing', status_url: '', message: '' };
  return { session_id, total_files: count, files: [], ...words };
}
