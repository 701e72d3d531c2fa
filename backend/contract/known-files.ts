/**
 * Checks for duplicates in a knowledge base before bytes are sent.
 *
 * @module
 */
import * as v from 'valibot';
import { listOf } from './bounds.ts';

/** A file about to be uploaded. `sha256` of the bytes, in hexadecimal digits, if known. */
export const FileToCompare = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sha256: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(64), v.regex(/^[0-9a-f]{64}$/i)))),
});
export type FileToCompare = v.InferOutput<typeof FileToCompare>;

/** Body of `POST /knowledge/{id}/files/known`. */
export const FilesToCompare = v.object({
  files: listOf(FileToCompare, 10_000),
});
export type FilesToCompare = v.InferOutput<typeof FilesToCompare>;

/**
 * Confidence that a file is a duplicate. `content`: the same bytes; `name`: the same name and size,
 * bytes not compared; `size`: only the same size, so that its hash is worth sending.
 */
export const KNOWN_MATCHES = ['content', 'name', 'size'] as const;
export type KnownMatch = (typeof KNOWN_MATCHES)[number];

export const KnownFile = v.object({
  index: v.pipe(v.number(), v.description('0-based position among the files asked about')),
  match: v.picklist(KNOWN_MATCHES),
  file_id: v.pipe(v.nullable(v.string()), v.description('null: it is being sent right now')),
  name: v.string(),
  created_at: v.pipe(v.number(), v.description('Epoch seconds')),
});
export type KnownFile = v.InferOutput<typeof KnownFile>;

/** Response: those of the files that are duplicates, or may be. */
export const KnownFiles = v.object({ items: v.array(KnownFile) });
export type KnownFiles = v.InferOutput<typeof KnownFiles>;
