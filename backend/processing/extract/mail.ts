/**
 * Mail (RFC 5322, MIME) and web archives (MHTML, RFC 2557): one message, or a mailbox of many.
 *
 * @module
 */
import PostalMime, { type Address, type Email } from 'postal-mime';
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readBytes, readWhole, sizeOf } from './files.ts';
import { MAILBOX, MESSAGE } from './mail-type.ts';
import { type MessagePlace, messagesIn } from './mailbox.ts';
import { type Attachment, messageText } from './message-text.ts';
import { cutSections } from './sections.ts';
import { cleanText } from './text.ts';
import { type Piece, sectionUnits, walk } from './walk.ts';

const WHAT = 'mail message';
const MAX_BYTES = 128 * 1024 * 1024;

export const mailProcessor: Processor = {
  id: 'mail',
  version: 1,
  step: 'extract',
  mediaTypes: [MESSAGE],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const pieces = await readMessage(await readWhole(path, WHAT, MAX_BYTES));
    yield* walk(sectionUnits(pieces, () => emptyText(WHAT)), checkpoint, signal);
  },
};

export const mailboxProcessor: Processor = {
  id: 'mailbox',
  version: 1,
  step: 'extract',
  mediaTypes: [MAILBOX],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    await sizeOf(path);
    using file = await Deno.open(path);
    const places = await messagesIn(file, signal);
    const units = {
      total: places.length,
      unit: 'message',
      read: (at: number) => readPlace(file, places[at]!),
      empty: () => emptyText('mailbox'),
    };
    yield* walk(units, checkpoint, signal);
  },
};

async function readPlace(file: Deno.FsFile, { offset, length }: MessagePlace): Promise<Piece[]> {
  return await readMessage(await readBytes(file, offset, Math.min(length, MAX_BYTES)));
}

async function readMessage(bytes: Uint8Array): Promise<Piece[]> {
  const email = await PostalMime.parse(bytes).catch((error) => {
    throw brokenFile(WHAT, error);
  });
  const text = messageText({
    subject: email.subject ?? '',
    fields: [
      ['From', addresses(email.from ? [email.from] : undefined)],
      ['To', addresses(email.to)],
      ['Cc', addresses(email.cc)],
      ['Date', email.headers.find(({ key }) => key === 'date')?.value],
    ],
    text: email.text ?? null,
    html: email.html ?? null,
    attachments: attachmentsOf(email),
  });
  const label = cleanText(email.subject ?? '').trim().slice(0, 200) || null;
  return cutSections(text).map((section, at) => ({
    kind: 'section',
    label,
    text: section.text,
    // A message begins behind a blank line.
    ...at > 0 && { separator: section.separator },
  }));
}

/** Pictures and styles of the page itself are none. */
function attachmentsOf({ attachments }: Email): Attachment[] {
  return attachments
    .filter(({ related, disposition }) => !related || disposition === 'attachment')
    .map(({ filename, mimeType, content }) => ({
      name: filename ?? 'without a name',
      type: mimeType,
      bytes: typeof content === 'string' ? content.length : content.byteLength,
    }));
}

function addresses(list: readonly Address[] | undefined): string | undefined {
  return list?.map((one) =>
    one.group
      ? `${one.name}: ${addresses(one.group)}`
      : one.name && one.address
      ? `${one.name} <${one.address}>`
      : one.name || one.address
  ).join(', ');
}
