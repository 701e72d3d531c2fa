/**
 * Stores what was read of a file: its parts, the checkpoint to go on from, and the passages search
 * finds.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import { asc, eq, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { extraction, part, passage } from '../database/schema.ts';
import { toPassages } from './passages.ts';
import { lockFiles } from './lock-files.ts';

/** Which processor reads what; another version, or other bytes, start from the beginning. */
export interface Reader {
  readonly id: string;
  readonly version: number;
  /** The bytes and their declared language, see {@link "./reuse.ts"}; null where unknown. */
  readonly source: string | null;
}

export interface Extraction {
  readonly checkpoint: Record<string, unknown> | null;
  readonly fraction: number;
  readonly complete: boolean;
}

/** What is there of this file from this reader. What another version left is removed. */
export async function openExtraction(
  tx: Executor,
  fileId: string,
  reader: Reader,
): Promise<Extraction> {
  const [row] = await tx.select().from(extraction).where(eq(extraction.fileId, fileId));
  if (row && isOf(row, reader)) {
    return { checkpoint: row.checkpoint, fraction: row.fraction, complete: row.complete };
  }
  if (row) await removeContent(tx, fileId);
  return { checkpoint: null, fraction: 0, complete: false };
}

function isOf(row: typeof extraction.$inferSelect, reader: Reader): boolean {
  return row.processor === reader.id && row.version === reader.version &&
    (row.fileHash === null || reader.source === null || row.fileHash === reader.source);
}

export interface StoredStep {
  readonly parts: readonly Part[];
  readonly checkpoint: Record<string, unknown>;
  readonly fraction: number;
  /** Length of a recording in seconds, once known. */
  readonly duration: number | null;
}

const CHUNK = 500;

/** Stores parts together with the checkpoint that follows them. Doing it twice changes nothing. */
export async function storeParts(
  tx: Executor,
  fileId: string,
  reader: Reader,
  step: StoredStep,
): Promise<void> {
  for (let from = 0; from < step.parts.length; from += CHUNK) {
    const rows = step.parts.slice(from, from + CHUNK).map((row) => ({ fileId, ...row }));
    await tx.insert(part).values(rows).onConflictDoNothing();
  }
  const { checkpoint, fraction, duration } = step;
  const nextIndex = (step.parts.at(-1)?.index ?? -1) + 1;
  await tx.insert(extraction)
    .values({
      fileId,
      processor: reader.id,
      version: reader.version,
      checkpoint,
      nextIndex,
      fraction,
      duration,
      fileHash: reader.source,
    })
    .onConflictDoUpdate({
      target: extraction.fileId,
      set: {
        checkpoint,
        fraction,
        nextIndex: sql`greatest(${extraction.nextIndex}, excluded.next_index)`,
        duration: sql`coalesce(excluded.duration, ${extraction.duration})`,
        fileHash: sql`coalesce(excluded.file_hash, ${extraction.fileHash})`,
        updatedAt: sql`now()`,
      },
    });
}

/** Marks the extraction as whole, cuts its text into passages and returns the text. */
export async function indexContent(tx: Executor, fileId: string): Promise<string> {
  await lockFiles(tx, [fileId]);
  const parts = await tx.select().from(part).where(eq(part.fileId, fileId)).orderBy(
    asc(part.index),
  );
  const [about] = await tx.select().from(extraction).where(eq(extraction.fileId, fileId));
  // What is whole has its passages: they were written with that mark, or copied with it.
  if (!about?.complete) await cutPassages(tx, fileId, parts);
  const separator = parts[0]?.kind === 'segment' ? '\n' : '\n\n';
  return parts.map((row) => row.text).join(separator);
}

async function cutPassages(
  tx: Executor,
  fileId: string,
  parts: readonly (typeof part.$inferSelect)[],
): Promise<void> {
  await tx.delete(passage).where(eq(passage.fileId, fileId));
  const passages = parts.flatMap((row) =>
    toPassages(row.text).map((text, ordinal) => ({ fileId, partIndex: row.index, ordinal, text }))
  );
  for (let from = 0; from < passages.length; from += CHUNK) {
    await tx.insert(passage).values(passages.slice(from, from + CHUNK));
  }
  await tx.update(extraction).set({ complete: true, fraction: 1 }).where(
    eq(extraction.fileId, fileId),
  );
}

/** Characters that a section of text written by a person has at most. */
const SECTION_LENGTH = 4000;

/** Puts a text that a person wrote in the place of what was read of a file. */
export async function replaceContent(tx: Executor, fileId: string, text: string): Promise<void> {
  await lockFiles(tx, [fileId]);
  await removeContent(tx, fileId);
  const parts = toPassages(text, SECTION_LENGTH).map((section, index): Part => ({
    index,
    kind: 'section',
    label: null,
    text: section,
    start: null,
    end: null,
  }));
  const reader = { id: 'edited', version: 1, source: null };
  await storeParts(tx, fileId, reader, { parts, checkpoint: {}, fraction: 1, duration: null });
  await indexContent(tx, fileId);
}

/** Removes everything that was read of a file. */
export async function removeContent(tx: Executor, fileId: string): Promise<void> {
  for (const table of [passage, part, extraction]) {
    await tx.delete(table).where(eq(table.fileId, fileId));
  }
}
