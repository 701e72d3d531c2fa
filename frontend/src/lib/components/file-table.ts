/**
 * What a row of the list of files shows. Pure.
 *
 * @module
 */
import { CANCELLED } from '#contract/failures.ts';
import type { FileRow, FileState } from '#contract/files.ts';
import { failureText } from '../messages/server-text.ts';
import { formatAgo, formatBytes } from './formatting.ts';
import type { Messages } from './messages.ts';

export interface TableRow {
  name: string;
  /** Folder it came from, size, age, and where it stands unless it is ready. */
  about: string[];
  /** Why it failed, or null. */
  reason: string | null;
  /** What to do about that, in a word, or null. */
  action: string | null;
}

/** One whose processing was cancelled has not: the app is told so only because it waits for an end. */
export const hasFailed = ({ status, error_code }: FileRow['data']): boolean =>
  status === 'failed' && error_code !== CANCELLED;

export function tableRow(file: FileRow, messages: Messages, nowMs: number): TableRow {
  const { data, meta, state = 'ready' } = file;
  const failed = hasFailed(data) && state !== 'working';
  return {
    name: meta.name ?? file.filename,
    about: [
      ...folderNote(meta, messages),
      ...(typeof meta.size === 'number' ? [formatBytes(meta.size, messages.locale)] : []),
      formatAgo(file.created_at, nowMs, messages.locale),
      ...standing(state, failed, messages),
    ],
    reason: failed
      ? failureText(messages, data.error_code ?? null, data.error ?? null, data.error_details)
      : null,
    action: state === 'attention' ? messages[failed ? 'retry' : 'process'] : null,
  };
}

function standing(state: FileState, failed: boolean, messages: Messages): string[] {
  if (state === 'working') return [messages.knowledge.inWork];
  return state === 'attention' && !failed ? [messages.notProcessed] : [];
}

/** The client that sent it may have said where it lay. */
function folderNote({ data }: FileRow['meta'], messages: Messages): string[] {
  const folder = (data as { folder?: unknown } | null | undefined)?.folder;
  return typeof folder === 'string' && folder !== '' ? [messages.knowledge.inFolder(folder)] : [];
}
