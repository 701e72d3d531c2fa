/**
 * The text of a file: its parts, their outline, search inside it, and its export.
 *
 * @module
 */
import {
  EXPORT_FORMATS,
  ExportedFile,
  FileOutline,
  FileParts,
  FoundInside,
} from '#contract/files.ts';
import { LEAST_QUERY_LENGTH, MOST_QUERY_LENGTH } from '#contract/inside.ts';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { requireAccess } from '../access/permissions.ts';
import { type Exported, exportFile, formats } from '../knowledge/export/export-file.ts';
import { findInFile, listParts, outlineOf } from '../knowledge/parts.ts';
import { disposition } from './content.ts';
import { check, operation } from './describe.ts';
import { flag, isSet, whole } from './parameters.ts';
import type { Env, Services } from './services.ts';

const PartsQuery = v.object({ offset: whole(0, 10_000_000, 0), limit: whole(1, 500, 100) });
const FindQuery = v.object({
  q: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(LEAST_QUERY_LENGTH),
    v.maxLength(MOST_QUERY_LENGTH),
  ),
});
const ExportQuery = v.object({
  format: v.optional(v.picklist(EXPORT_FORMATS), 'txt'),
  marks: v.pipe(flag, v.description('Page marks, or times, in plain text')),
  download: v.pipe(flag, v.description('false: to be shown, as the captions of a video')),
});

const TEXT_TYPES = Object.values(formats).map(({ mediaType }) => mediaType.split(';')[0] ?? '')
  .filter((type) => type !== 'application/json');

export function fileTextRoutes({ db }: Services): Hono<Env> {
  const mayRead = (c: Context<Env>) =>
    requireAccess(db.orm, c.get('actor'), 'file', c.req.param('id') ?? '', 'read');

  return new Hono<Env>()
    .get(
      '/:id/parts',
      operation({
        tag: 'Files',
        summary: 'What was read of a file: pages, or segments with their times',
        description: 'While the file is processed, what is there up to its last checkpoint.',
        answers: { 200: { schema: FileParts, as: 'A page of parts' } },
        problems: ['invalid', 'file_not_found'],
      }),
      check('query', PartsQuery),
      async (c) => {
        await mayRead(c);
        return c.json(await listParts(db.orm, c.req.param('id'), c.req.valid('query')));
      },
    )
    .get(
      '/:id/outline',
      operation({
        tag: 'Files',
        summary: 'What a file consists of, without its text',
        answers: { 200: { schema: FileOutline, as: 'Neighbours of one kind and label are one' } },
        problems: ['file_not_found'],
      }),
      async (c) => {
        await mayRead(c);
        return c.json({ entries: await outlineOf(db.orm, c.req.param('id')) });
      },
    )
    .get(
      '/:id/find',
      operation({
        tag: 'Files',
        summary: 'Where a text stands in a file, whatever its case',
        answers: { 200: { schema: FoundInside, as: 'How often it stands in which part' } },
        problems: ['invalid', 'file_not_found'],
      }),
      check('query', FindQuery),
      async (c) => {
        await mayRead(c);
        const { q } = c.req.valid('query');
        return c.json(await findInFile(db.orm, c.req.param('id'), q, c.req.raw.signal));
      },
    )
    .get(
      '/:id/export',
      operation({
        tag: 'Files',
        summary: 'The text of a file as plain text, Markdown, SRT, WebVTT or JSON',
        description: 'Subtitles are for recordings only. While the file is processed it is what ' +
          'is there up to its last checkpoint, and `complete` is false in JSON.',
        answers: { 200: { schema: ExportedFile, as: 'The text', texts: TEXT_TYPES } },
        problems: ['invalid', 'file_not_found', 'conflict'],
      }),
      check('query', ExportQuery),
      async (c) => {
        await mayRead(c);
        const { format, marks, download } = c.req.valid('query');
        const wanted = { format, marks: isSet(marks, false) };
        return sendText(c, await exportFile(db.orm, c.req.param('id'), wanted), {
          download: isSet(download, true),
        });
      },
    );
}

function sendText(
  c: Context<Env>,
  { filename, mediaType, text }: Exported,
  { download }: { download: boolean },
): Response {
  return c.newResponse(ReadableStream.from(encoded(text)), 200, {
    'content-type': mediaType,
    'content-disposition': disposition(filename, download),
    'x-content-type-options': 'nosniff',
  });
}

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for await (const piece of text) if (piece !== '') yield encoder.encode(piece);
}
