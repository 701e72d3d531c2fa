/**
 * Reports writes to a full or inaccessible storage as `insufficient_storage`, for every storage and
 * every kind of upload.
 *
 * @module
 */
import { insufficientStorage } from '#contract/storage-failure.ts';
import type { Partials, Storage } from './storage.ts';

/** The same storage; errors of reads stay unchanged. */
export function withStorageFailures(storage: Storage): Storage {
  return {
    ...storage,
    receive: (stream, options) => refusing(storage.receive(stream, options)),
    partials: partialsWithFailures(storage.partials),
  };
}

function partialsWithFailures(partials: Partials): Partials {
  return {
    create: (id, size) => refusing(partials.create(id, size)),
    offset: (id) => partials.offset(id),
    blocks: (...given) => partials.blocks(...given),
    append: (...given) => refusing(partials.append(...given)),
    ...(partials.truncate && {
      truncate: (id: string, offset: number) => refusing(partials.truncate!(id, offset)),
    }),
    commit: (...given) => refusing(partials.commit(...given)),
    remove: (id) => partials.remove(id),
  };
}

async function refusing<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    throw insufficientStorage(error) ?? error;
  }
}
