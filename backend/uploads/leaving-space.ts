/**
 * A storage that reserves space for the database on the same file system.
 *
 * @module
 */
import type { Storage } from './storage.ts';

/** Number of bytes between two checks of the free space. */
const EVERY_BYTES = 8 * 1024 * 1024;

/** The same storage; writes fail with the error of `expectSpace`. */
export function leavingSpace(storage: Storage, expectSpace: () => Promise<void>): Storage {
  const { partials } = storage;
  async function* checked(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let unchecked = EVERY_BYTES;
    for await (const chunk of stream) {
      unchecked += chunk.length;
      if (unchecked >= EVERY_BYTES) await expectSpace();
      unchecked %= EVERY_BYTES;
      yield chunk;
    }
  }
  return {
    ...storage,
    receive: (stream, options) => storage.receive(checked(stream), options),
    partials: {
      create: async (id, size) => {
        await expectSpace();
        await partials.create(id, size);
      },
      offset: (id) => partials.offset(id),
      blocks: (...given) => partials.blocks(...given),
      append: (id, offset, stream, onChunk) =>
        partials.append(id, offset, checked(stream), onChunk),
      ...(partials.truncate && {
        truncate: (id: string, offset: number) => partials.truncate!(id, offset),
      }),
      commit: (...given) => partials.commit(...given),
      remove: (id) => partials.remove(id),
    },
  };
}
