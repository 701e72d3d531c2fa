/**
 * Contents of a backup: a folder of `manifest.json`, `tables/*.jsonl` and `bytes/<number>`.
 *
 * @module
 */
import { join } from 'node:path';
import * as v from 'valibot';
import { PRIVATE_FILE } from '../folders/folders.ts';

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const Manifest = v.object({
  format: v.literal('headway-backup-1'),
  created_at: v.string(),
  /** Migrations of the database it was taken from, oldest first. */
  migrations: v.array(v.string()),
  /** In the order in which restore fills them. */
  tables: v.array(v.object({
    schema: v.string(),
    name: v.string(),
    columns: v.array(v.string()),
    rows: Count,
    sha256: Sha256,
  })),
  /** Bytes of the rows of `file`; the name of each is its number in the list. */
  bytes: v.array(v.object({ file_id: v.string(), size: Count, sha256: Sha256 })),
  /** Files whose rows are here and whose bytes were missing. */
  without_bytes: v.array(v.string()),
});
export type Manifest = v.InferOutput<typeof Manifest>;
export type TableEntry = Manifest['tables'][number];
export type BytesEntry = Manifest['bytes'][number];

const MANIFEST = 'manifest.json';

/** Paths inside a backup; none comes from a manifest. */
export const inside = {
  tables: (folder: string): string => join(folder, 'tables'),
  bytes: (folder: string): string => join(folder, 'bytes'),
  table: (folder: string, at: number): string => join(folder, 'tables', `${at}.jsonl`),
  content: (folder: string, at: number): string => join(folder, 'bytes', `${at}`),
};

/** Written last: a folder without it is no backup. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await Deno.writeTextFile(join(folder, MANIFEST), text, { mode: PRIVATE_FILE });
}

/** Throws an error that describes what is wrong with the folder. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await Deno.readTextFile(join(folder, MANIFEST)).catch((cause) => {
    throw new Error(`This is no backup, it has no ${MANIFEST}: ${folder}`, { cause });
  });
  const result = v.safeParse(Manifest, parse(text));
  if (result.success) return result.output;
  throw new Error(`This backup cannot be read, its ${MANIFEST} is not of this version: ${folder}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
