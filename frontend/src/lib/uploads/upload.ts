/**
 * One file's upload to the server.
 *
 * @module
 */
import { mayPass } from './retrying.ts';

export type UploadState =
  | { kind: 'waiting' }
  | {
    kind: 'sending';
    sentBytes: number;
    bytesPerSecond: number | null;
    secondsLeft: number | null;
    /** The bytes sent so far were lost: the file is sent from its beginning again. */
    restarted?: true;
  }
  /** Another tab or device sends it; this queue waits, and resumes when that one stops. */
  | { kind: 'elsewhere' }
  /** `agreed`: the server confirmed the pause. If it no longer does, another client resumed it. */
  | { kind: 'paused'; sentBytes: number; agreed?: true }
  | { kind: 'sent' }
  /** `passing` marks a temporary failure: a lost network, a busy server. */
  | { kind: 'failed'; error: unknown; passing: boolean }
  | { kind: 'cancelled' };

/** Immutable: each step replaces it. */
export interface Upload {
  readonly sessionId: string;
  readonly jobId: string;
  readonly knowledgeId: string;
  readonly file: File;
  readonly state: UploadState;
}

/** Bytes that have arrived, as far as its state contains them. */
export function sentBytesOf({ state }: Upload): number {
  return state.kind === 'sending' || state.kind === 'paused' ? state.sentBytes : 0;
}

/** True if it goes on without user action. */
export function isUnderWay({ state }: Upload): boolean {
  return ['waiting', 'sending', 'elsewhere'].includes(state.kind);
}

/** State of an upload after an error. */
export function stateAfter(error: unknown, upload: Upload): UploadState {
  // It was paused on another page.
  if ((error as { code?: unknown }).code === 'upload_paused') {
    return pausedByServer(upload);
  }
  return { kind: 'failed', error, passing: mayPass(error) };
}

/** The upload's paused state as the server has it. */
export function pausedByServer(upload: Upload): UploadState {
  return { kind: 'paused', sentBytes: sentBytesOf(upload), agreed: true };
}
