/**
 * Sums over uploads. Pure.
 *
 * @module
 */
import type { Upload } from './upload.ts';

export interface UploadTotals {
  files: number;
  sentFiles: number;
  failedFiles: number;
  bytes: number;
  sentBytes: number;
  bytesPerSecond: number;
  /** True if leaving the page now would lose files. */
  busy: boolean;
}

/** Sums up all uploads that are not cancelled. */
export function uploadTotals(uploads: Iterable<Upload>): UploadTotals {
  const sum = {
    files: 0,
    sentFiles: 0,
    failedFiles: 0,
    bytes: 0,
    sentBytes: 0,
    bytesPerSecond: 0,
    busy: false,
  };
  for (const { file, state } of uploads) {
    if (state.kind === 'cancelled') continue;
    sum.files += 1;
    sum.bytes += file.size;
    if (state.kind === 'sent') {
      sum.sentFiles += 1;
      sum.sentBytes += file.size;
    } else if (state.kind === 'failed') {
      sum.failedFiles += 1;
    } else if (state.kind === 'sending') {
      sum.sentBytes += state.sentBytes;
      sum.bytesPerSecond += state.bytesPerSecond ?? 0;
    }
    if (state.kind === 'paused') sum.sentBytes += state.sentBytes;
    sum.busy ||= state.kind === 'waiting' || state.kind === 'sending';
  }
  return sum;
}
