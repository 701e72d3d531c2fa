/**
 * A form in which the text of a file leaves: written part by part, so that none is held whole.
 *
 * @module
 */
import type { ExportedFile, Part } from '#contract/files.ts';

export interface ExportSubject extends Omit<ExportedFile, 'parts'> {
  /** Lines are rows, see {@link "#contract/tables.ts"}. */
  readonly table: boolean;
  /** Whether to write page marks, or times. */
  readonly marks: boolean;
}

/** Writes one file; called in the order of its parts. */
export interface ExportWriter {
  open(): string;
  part(part: Part): string;
  close(): string;
}

export interface ExportFormat {
  /** With its charset, where it has one. */
  readonly mediaType: string;
  readonly writer: (subject: ExportSubject) => ExportWriter;
}
