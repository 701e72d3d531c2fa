/**
 * The analysis service of one process: polled, and its outages written down for all.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { type Analysis, type AnalysisOptions, openAnalysis } from './analysis/analysis.ts';
import type { Database } from './database/connection.ts';
import { storeRemoteStatus } from './queue/remote-status.ts';
import type { Storage } from './uploads/storage.ts';

interface Surroundings {
  readonly db: Database;
  readonly storage: Pick<Storage, 'read'>;
  readonly log: (message: string) => void;
}

/** Null where none is set up. */
export async function openAnalysisFor(
  options: AnalysisOptions | null | undefined,
  { db, storage, log }: Surroundings,
): Promise<Analysis | null> {
  if (!options) return null;
  return await openAnalysis(options, {
    db,
    readBytes: (path) => storage.read(path).catch(noneIfGone),
    log,
    onChange(status) {
      storeRemoteStatus(db.orm, status)
        .catch((error) => log(`The state of a service could not be written down: ${error}`));
    },
  });
}

function noneIfGone(error: unknown): null {
  if (error instanceof AppError && error.code === 'file_not_found') return null;
  throw error;
}
