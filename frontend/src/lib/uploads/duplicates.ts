/**
 * Finds files that need not be sent because they are on the server. Names and sizes are compared
 * first; only a file whose size matches another one is read and hashed.
 *
 * @module
 */
import type { FileToCompare, KnownFile, KnownFiles } from '#contract/known-files.ts';
import { hashFile } from './hash-file.ts';
import { inPortions, MOST_AT_ONCE } from './portions.ts';
import type { Upload } from './upload.ts';

export interface Duplicate {
  file: File;
  /** `content`: the same bytes. `name`: the same name and size, the bytes could not be compared. */
  match: 'content' | 'name';
  /** Name of the existing file. */
  known: string;
  /** Id of the existing file; null while it is being sent. */
  fileId: string | null;
}

export interface Compared {
  fresh: File[];
  duplicates: Duplicate[];
}

export interface CompareOptions {
  /** Requests the comparison from the server. */
  ask: (files: FileToCompare[]) => Promise<KnownFiles>;
  /** @default hashFile */
  hash?: (file: File) => Promise<string | null>;
  /** Maximum bytes hashed in one call; files beyond are compared by name. @default 1 GiB */
  mostBytes?: number;
}

/**
 * Drops matches with unfinished uploads, unless this tab sends them: after a reload a user chooses
 * the same files again to resume them.
 */
export function sentHere(
  known: KnownFiles,
  asked: readonly FileToCompare[],
  uploads: Iterable<Upload>,
): KnownFiles {
  const sending = new Set(
    [...uploads].filter(({ state }) => state.kind === 'waiting' || state.kind === 'sending')
      .map(({ file }) => `${file.size} ${file.name}`),
  );
  const counts = ({ index, file_id }: KnownFile) =>
    file_id !== null || sending.has(`${asked[index]?.size} ${asked[index]?.name}`);
  return { items: known.items.filter(counts) };
}

/** Puts every file in exactly one of the two lists, in its order. */
export async function compareFiles(
  files: readonly File[],
  { ask, hash = hashFile, mostBytes = 1024 ** 3 }: CompareOptions,
): Promise<Compared> {
  const alike = await askAll(files.map((file) => toCompare(file)), ask);
  const suspects = files.flatMap((_file, index) =>
    alike.has(index) || sharesSize(files, index) ? [index] : []
  );
  const hashes = await hashAll(files, suspects, hash, mostBytes);
  const asked = suspects.filter((index) => alike.has(index));
  const certain = await askAll(
    asked.map((index) => toCompare(files[index]!, hashes.get(index))),
    ask,
  );
  const known = new Map(asked.flatMap((index, place) => {
    const found = certain.get(place);
    return found && found.match !== 'size' ? [[index, found] as const] : [];
  }));
  return sort(files, known, hashes);
}

function toCompare({ name, size }: File, sha256?: string | null): FileToCompare {
  return { name, size, ...(sha256 ? { sha256 } : {}) };
}

async function askAll(
  files: readonly FileToCompare[],
  ask: CompareOptions['ask'],
): Promise<Map<number, KnownFile>> {
  const found = new Map<number, KnownFile>();
  let first = 0;
  for (const portion of inPortions(files, MOST_AT_ONCE)) {
    for (const item of (await ask(portion)).items) found.set(first + item.index, item);
    first += portion.length;
  }
  return found;
}

const sizes = new WeakMap<readonly File[], Map<number, number>>();

/** True if another file of the same drop has the same size: it may be a copy. */
function sharesSize(files: readonly File[], index: number): boolean {
  let counts = sizes.get(files);
  if (counts === undefined) {
    counts = new Map();
    for (const { size } of files) counts.set(size, (counts.get(size) ?? 0) + 1);
    sizes.set(files, counts);
  }
  return (counts.get(files[index]?.size ?? -1) ?? 0) > 1;
}

/** Sequential: memory holds one file, and the disk reads one at a time. */
async function hashAll(
  files: readonly File[],
  indexes: readonly number[],
  hash: (file: File) => Promise<string | null>,
  mostBytes: number,
): Promise<Map<number, string>> {
  const hashes = new Map<number, string>();
  let bytes = 0;
  for (const index of indexes) {
    const file = files[index]!;
    bytes += file.size;
    const digest = bytes <= mostBytes ? await hash(file) : null;
    if (digest !== null) hashes.set(index, digest);
  }
  return hashes;
}

function sort(
  files: readonly File[],
  known: ReadonlyMap<number, KnownFile>,
  hashes: ReadonlyMap<number, string>,
): Compared {
  const result: Compared = { fresh: [], duplicates: [] };
  const seen = new Map<string, string>();
  for (const [index, file] of files.entries()) {
    const there = known.get(index);
    const hash = hashes.get(index);
    const twin = hash === undefined ? undefined : seen.get(hash);
    if (there && there.match !== 'size') {
      const { match, name, file_id: fileId } = there;
      result.duplicates.push({ file, match, known: name, fileId });
    } else if (twin !== undefined) {
      result.duplicates.push({ file, match: 'content', known: twin, fileId: null });
    } else {
      result.fresh.push(file);
    }
    if (hash !== undefined && !seen.has(hash)) seen.set(hash, file.name);
  }
  return result;
}
