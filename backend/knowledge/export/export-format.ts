/**
 * An export format: written part by part, so that no text is held in memory as a whole.
 *
 * @module
 */
import type { ExportedFile, Part } from '#contract/files.ts';

export interface ExportSubject extends Omit<ExportedFile, 'parts'> {
  /** True if lines are rows of a table, see {@link "#contract/tables.ts"}. */
  readonly table: boolean;
  /** True to write page marks, or times. */
  readonly marks: boolean;
}

/** Writes one file; called with its parts in order. */
export interface ExportWriter {
  open(): string;
  part(part: Part): string;
  close(): string;
}

export interface ExportFormat {
  /** Media type, with its charset if it has one. */
  readonly mediaType: string;
  readonly writer: (subject: ExportSubject) => ExportWriter;
}
