/**
 * External services of one process: their outages are recorded for all processes.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import type { RemoteStatus } from '#contract/remote.ts';
import { type Analysis, type AnalysisOptions, openAnalysis } from './analysis/analysis.ts';
import type { Database } from './database/connection.ts';
import { storeRemoteStatus } from './queue/remote-status.ts';
import {
  openTranscription,
  type Transcription,
  type TranscriptionOptions,
} from './transcription/transcription.ts';
import type { Storage } from './uploads/storage.ts';

interface Surroundings {
  readonly db: Database;
  readonly storage: Pick<Storage, 'read'>;
  readonly log: (message: string) => void;
}

/** Null if none is set up. */
export async function openAnalysisFor(
  options: AnalysisOptions | null | undefined,
  surroundings: Surroundings,
): Promise<Analysis | null> {
  if (!options) return null;
  const { db, storage, log } = surroundings;
  return await openAnalysis(options, {
    db,
    readBytes: (path) => storage.read(path).catch(noneIfGone),
    log,
    onChange: writerOf(surroundings),
  });
}

/** Null if none is set up. */
export function openTranscriptionFor(
  options: TranscriptionOptions | null | undefined,
  surroundings: Omit<Surroundings, 'storage'>,
): Transcription | null {
  return options ? openTranscription(options, writerOf(surroundings)) : null;
}

function writerOf({ db, log }: Omit<Surroundings, 'storage'>): (status: RemoteStatus) => void {
  return (status) =>
    void storeRemoteStatus(db.orm, status)
      .catch((error) => log(`The state of a service could not be written down: ${error}`));
}

function noneIfGone(error: unknown): null {
  if (error instanceof AppError && error.code === 'file_not_found') return null;
  throw error;
}
