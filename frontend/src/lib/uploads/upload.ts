/**
 * One file on its way to the server.
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
    /** What had been sent was not kept: it is sent from its beginning again. */
    restarted?: true;
  }
  /** Another tab or device sends it; it is followed, and gone on with when that one stops. */
  | { kind: 'elsewhere' }
  /** `agreed`: the server has said so too. When it no longer does, somebody has resumed it. */
  | { kind: 'paused'; sentBytes: number; agreed?: true }
  | { kind: 'sent' }
  /** `passing` tells what may work later: a lost network, a busy server. */
  | { kind: 'failed'; error: unknown; passing: boolean }
  | { kind: 'cancelled' };

/** Replaced, not changed, with each step. */
export interface Upload {
  readonly sessionId: string;
  readonly jobId: string;
  readonly knowledgeId: string;
  readonly file: File;
  readonly state: UploadState;
}

/** What of it has arrived, as far as its state tells. */
export function sentBytesOf({ state }: Upload): number {
  return state.kind === 'sending' || state.kind === 'paused' ? state.sentBytes : 0;
}

/** Whether it goes on by itself. */
export function isUnderWay({ state }: Upload): boolean {
  return ['waiting', 'sending', 'elsewhere'].includes(state.kind);
}

/** What becomes of an upload whose sending ended with an error. */
export function stateAfter(error: unknown, upload: Upload): UploadState {
  // Somebody paused it on another page.
  if ((error as { code?: unknown }).code === 'upload_paused') {
    return pausedByServer(upload);
  }
  return { kind: 'failed', error, passing: mayPass(error) };
}

/** As the server has it. */
export function pausedByServer(upload: Upload): UploadState {
  return { kind: 'paused', sentBytes: sentBytesOf(upload), agreed: true };
}
