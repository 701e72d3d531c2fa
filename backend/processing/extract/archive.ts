/**
 * Reads single entries of a ZIP file (APPNOTE.TXT 6.3.10) without loading the whole. Enforces
 * limits on each during inflation, so that a small file cannot fill the memory.
 *
 * @module
 */
import type { DocumentKind } from '#contract/messages/failures.ts';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { viewOf } from '../bytes.ts';
import type { ReadingLimits } from '../limits.ts';
import { brokenFile, encryptedFile, tooLargeInside } from './failures.ts';
import { readBytes } from './files.ts';
import { decodeText } from './text.ts';
import { type Entry, readDirectory } from './zip-directory.ts';

export interface ArchiveLimits {
  /** Inflated bytes of one entry. */
  readonly maxEntryBytes: number;
  /** Inflated bytes of all entries that are read. */
  readonly maxTotalBytes: number;
  readonly maxEntries: number;
  /** Inflated to compressed; only enforced for entries above `ratioFromBytes`. */
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

/** These limits, or narrower configured ones. */
export function narrowed(
  set: ReadingLimits | undefined,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): ArchiveLimits {
  const most = set?.maxUnpackedBytes ?? Infinity;
  return {
    ...limits,
    maxEntryBytes: Math.min(limits.maxEntryBytes, most),
    maxTotalBytes: Math.min(limits.maxTotalBytes, most),
  };
}

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflateRaw);

const folded = (name: string) => name.normalize('NFC').toLowerCase();

/** An open ZIP file; `using` closes it. */
export class Archive implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #what: DocumentKind;
  readonly #limits: ArchiveLimits;
  #folded: Map<string, string> | null = null;
  #total = 0;

  private constructor(
    file: Deno.FsFile,
    entries: Entry[],
    what: DocumentKind,
    limits: ArchiveLimits,
  ) {
    this.#file = file;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#what = what;
    this.#limits = limits;
  }

  /** Opens `path`; `what` names the format in messages. */
  static async open(
    path: string,
    what: DocumentKind,
    limits: ArchiveLimits = ARCHIVE_LIMITS,
  ): Promise<Archive> {
    const file = await Deno.open(path);
    try {
      return new Archive(file, await readDirectory(file, what, limits.maxEntries), what, limits);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * The entry of this name, otherwise the one whose name differs only in case or form of accents.
   */
  entryLike(name: string): string | null {
    if (this.has(name)) return name;
    this.#folded ??= new Map(this.names.map((name) => [folded(name), name]));
    return this.#folded.get(folded(name)) ?? null;
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
        throw tooLargeInside(this.#what, Math.floor(allowed / MIB), 'unpacked_megabytes');
      }
      throw brokenFile(this.#what, error);
    }
  }
}
