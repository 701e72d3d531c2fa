/**
 * View model of a row in the file list. Pure.
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
  /** Source folder, size, age, and state unless ready. */
  about: string[];
  /** Reason of the failure, or null. */
  reason: string | null;
  /** Label of the action to take, in a word, or null. */
  action: string | null;
}

/**
 * True if processing failed. A cancelled file does not count: its status is `failed` only because
 * the app waits for a final one.
 */
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

/** Describes the source folder, if the uploading client recorded it. */
function folderNote({ data }: FileRow['meta'], messages: Messages): string[] {
  const folder = (data as { folder?: unknown } | null | undefined)?.folder;
  return typeof folder === 'string' && folder !== '' ? [messages.knowledge.inFolder(folder)] : [];
}
