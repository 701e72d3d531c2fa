/**
 * Reads single entries out of a ZIP file (APPNOTE.TXT 6.3.10) without loading the whole, and
 * holds each against limits while it inflates, so that a small file cannot fill the memory.
 *
 * @module
 */
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { brokenFile, encryptedFile, tooLargeInside } from './failures.ts';
import { readBytes } from './files.ts';
import { decodeText } from './text.ts';

export interface ArchiveLimits {
  /** Inflated bytes of one entry. */
  readonly maxEntryBytes: number;
  /** Inflated bytes of all entries that are read. */
  readonly maxTotalBytes: number;
  readonly maxEntries: number;
  /** Inflated to compressed; held only against entries above `ratioFromBytes`. */
  readonly maxRatio: number;
  readonly ratioFromBytes: number;
}

const MIB = 1024 * 1024;

export const ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntryBytes: 256 * MIB,
  maxTotalBytes: 1024 * MIB,
  maxEntries: 65_536,
  maxRatio: 200,
  ratioFromBytes: 16 * MIB,
};

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly offset: number;
}

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflateRaw);

/** An open ZIP file; `using` closes it. */
export class Archive implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #what: string;
  readonly #limits: ArchiveLimits;
  #total = 0;

  private constructor(
    file: Deno.FsFile,
    entries: Entry[],
    what: string,
    limits: ArchiveLimits,
  ) {
    this.#file = file;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#what = what;
    this.#limits = limits;
  }

  /** Opens `path`; `what` names the format in messages (`Word document`). */
  static async open(
    path: string,
    what: string,
    limits: ArchiveLimits = ARCHIVE_LIMITS,
  ): Promise<Archive> {
    const file = await Deno.open(path);
    try {
      return new Archive(file, await readDirectory(file, what, limits), what, limits);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Inflated bytes of the entry; throws a `ProcessingError` when it is missing or damaged. */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (!entry) throw brokenFile(this.#what, new Error(`No entry in the archive: ${name}`));
    if (entry.flags & 1) throw encryptedFile(this.#what);
    const bytes = await this.#inflate(entry, await this.#raw(entry));
    if (crc32(bytes) !== entry.crc) {
      throw brokenFile(this.#what, new Error(`Wrong checksum: ${name}`));
    }
    this.#total += bytes.length;
    return bytes;
  }

  /** The entry as text, or null when there is none. */
  async text(name: string): Promise<string | null> {
    return this.has(name) ? decodeText(await this.read(name)) : null;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #raw(entry: Entry): Promise<Uint8Array> {
    const header = await readBytes(this.#file, entry.offset, 30);
    const view = viewOf(header);
    if (header.length < 30 || view.getUint32(0, true) !== 0x04034b50) throw brokenFile(this.#what);
    const start = entry.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
    const raw = await readBytes(this.#file, start, entry.compressed);
    if (raw.length < entry.compressed) throw brokenFile(this.#what);
    return raw;
  }

  async #inflate(entry: Entry, raw: Uint8Array): Promise<Uint8Array> {
    const { maxEntryBytes, maxTotalBytes, maxRatio, ratioFromBytes } = this.#limits;
    const allowed = Math.min(
      maxEntryBytes,
      maxTotalBytes - this.#total,
      Math.max(ratioFromBytes, raw.length * maxRatio),
    );
    if (entry.method === 0 && raw.length <= allowed) return raw;
    if (entry.method !== 0 && entry.method !== 8) {
      throw brokenFile(this.#what, new Error(`Unknown compression method: ${entry.method}`));
    }
    try {
      if (allowed < 1 || entry.method === 0) throw { code: 'ERR_BUFFER_TOO_LARGE' };
      return await inflate(raw, { maxOutputLength: allowed });
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
        throw tooLargeInside(this.#what, `more than ${Math.floor(allowed / MIB)} MB unpacked`);
      }
      throw brokenFile(this.#what, error);
    }
  }
}

/** End-of-directory record and its ZIP64 sibling (APPNOTE 4.3.14–4.3.16). */
async function readDirectory(
  file: Deno.FsFile,
  what: string,
  limits: ArchiveLimits,
): Promise<Entry[]> {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - 65_557);
  const tail = await readBytes(file, tailStart, size - tailStart);
  const view = viewOf(tail);
  let at = tail.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) throw brokenFile(what, new Error('No end of the archive'));
  let count = view.getUint16(at + 10, true);
  let length = view.getUint32(at + 12, true);
  let offset = view.getUint32(at + 16, true);
  if (at >= 20 && view.getUint32(at - 20, true) === 0x07064b50) {
    const end = viewOf(await readBytes(file, Number(view.getBigUint64(at - 12, true)), 56));
    if (end.byteLength < 56) throw brokenFile(what, new Error('No ZIP64 record'));
    count = Number(end.getBigUint64(32, true));
    length = Number(end.getBigUint64(40, true));
    offset = Number(end.getBigUint64(48, true));
  }
  if (count > limits.maxEntries || length > 64 * MIB) {
    throw tooLargeInside(what, `more than ${limits.maxEntries} entries`);
  }
  const directory = await readBytes(file, offset, length);
  return [...entriesOf(directory, count, what)];
}

function* entriesOf(directory: Uint8Array, count: number, what: string): Generator<Entry> {
  const view = viewOf(directory);
  for (let at = 0, i = 0; i < count; i++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== 0x02014b50) {
      throw brokenFile(what, new Error('Damaged directory of the archive'));
    }
    const [names, extras, comments] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const name = directory.subarray(at + 46, at + 46 + names!);
    const extra = directory.subarray(at + 46 + names!, at + 46 + names! + extras!);
    yield {
      name: new TextDecoder().decode(name).replaceAll('\\', '/'),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...largeFields(extra, {
        inflated: view.getUint32(at + 24, true),
        compressed: view.getUint32(at + 20, true),
        offset: view.getUint32(at + 42, true),
      }),
    };
    at += 46 + names! + extras! + comments!;
  }
}

/** Fields of 0xffffffff are in the ZIP64 extra field (id 1), in this order (APPNOTE 4.5.3). */
function largeFields(
  extra: Uint8Array,
  fields: { inflated: number; compressed: number; offset: number },
): { compressed: number; offset: number } {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let next = at + 4;
    for (const key of ['inflated', 'compressed', 'offset'] as const) {
      if (fields[key] !== 0xffffffff || next + 8 > extra.length) continue;
      fields[key] = Number(view.getBigUint64(next, true));
      next += 8;
    }
  }
  return { compressed: fields.compressed, offset: fields.offset };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
