/**
 * Values of parameters that are one of a few.
 *
 * @module
 */
import type { DocumentKind, LimitUnit } from '../../backend/contract/messages/failures.ts';
import type { Command } from '../../backend/contract/messages/refusals.ts';
import type { Environment } from '../../backend/contract/messages/work.ts';

/** Keys of a record, so that none can be left out. */
const keysOf = <Key extends string>(all: Record<Key, true>) => Object.keys(all) as Key[];

export const VALUES = {
  documents: keysOf<DocumentKind>({
    file: true,
    archive: true,
    pdf: true,
    image: true,
    word: true,
    powerpoint: true,
    spreadsheet: true,
    office: true,
    opendocument_text: true,
    opendocument_presentation: true,
    epub: true,
    rtf: true,
    legacy_office: true,
    fiction_book: true,
    notebook: true,
    subtitles: true,
    mail: true,
    mailbox: true,
    outlook_message: true,
    markdown: true,
    web_page: true,
    json: true,
    table: true,
  }),
  limits: keysOf<LimitUnit>({ entries: true, megabytes: true, unpacked_megabytes: true }),
  environments: keysOf<Environment>({
    storage_full: true,
    storage_denied: true,
    memory: true,
    network: true,
    database: true,
    rows_locked: true,
    rows_refused: true,
  }),
  commands: keysOf<Command>({
    cancel: true,
    pause: true,
    resume: true,
    retry: true,
    promote: true,
    prioritise: true,
  }),
  subjects: keysOf<'knowledge' | 'file' | 'session'>({
    knowledge: true,
    file: true,
    session: true,
  }),
  media: [
    'application/vnd.apple.pages',
    'application/vnd.apple.numbers',
    'application/vnd.apple.keynote',
    'image/heic',
    'image/avif',
    'application/zip',
    'application/octet-stream',
    'application/garply',
  ],
} as const;
