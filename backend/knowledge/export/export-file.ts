/**
 * Exports the text of a file in one of several formats.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { formatMessage, type Message, message, text } from '#contract/messages/catalogue.ts';
import type { ExportFormatName, FileRow, Part } from '#contract/files.ts';
import type { Executor } from '../../database/connection.ts';
import { getFile } from '../files.ts';
import { aboutParts, partBatches } from '../parts.ts';
import type { ExportFormat, ExportSubject } from './export-format.ts';
import { json } from './json.ts';
import { markdown } from './markdown.ts';
import { plainText } from './plain-text.ts';
import { subRip, webVtt } from './subtitles.ts';

export const formats: Readonly<Record<ExportFormatName, ExportFormat>> = {
  txt: plainText,
  md: markdown,
  srt: subRip,
  vtt: webVtt,
  json,
};

export interface Exported {
  readonly filename: string;
  readonly mediaType: string;
  readonly text: AsyncIterable<string>;
}

/**
 * Exports the text of a file, or its text so far while it is being processed. Throws {@link
 * AppError}: `file_not_found`; `conflict` if nothing was read yet; `invalid` for subtitles of a
 * document.
 */
export async function exportFile(
  db: Executor,
  fileId: string,
  { format, marks }: { format: ExportFormatName; marks: boolean },
): Promise<Exported> {
  const file = await getFile(db, fileId, { content: false });
  const { kind, ...about } = await aboutParts(db, fileId);
  if (kind === null) throw new AppError('conflict', whyNothing(file));
  if (kind === 'document' && (format === 'srt' || format === 'vtt')) {
    const reason = message('no_subtitles');
    const errors = [{ path: 'format', message: formatMessage(reason) }];
    throw new AppError('invalid', reason, { errors });
  }
  const name = file.meta.name ?? file.filename;
  const { mediaType } = formats[format];
  const subject = { id: fileId, name, kind, marks, ...about };
  const content = write(formats[format], subject, partBatches(db, fileId));
  return { filename: `${name.replace(/\.\w{1,5}$/, '')}.${format}`, mediaType, text: content };
}

function whyNothing({ data: { status, error, error_details } }: FileRow): Message {
  if (status === 'failed') {
    const reason = error_details ?? (error ? text(error) : message('not_processed'));
    return message('no_text_failed', { reason });
  }
  return message(status === 'completed' ? 'no_text_parts' : 'no_text_yet');
}

/** Writes the file in batches of parts. */
export async function* write(
  format: ExportFormat,
  subject: ExportSubject,
  batches: AsyncIterable<readonly Part[]>,
): AsyncGenerator<string> {
  const writer = format.writer(subject);
  yield writer.open();
  for await (const parts of batches) yield parts.map((part) => writer.part(part)).join('');
  yield writer.close();
}
