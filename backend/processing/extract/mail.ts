/**
 * Mail (RFC 5322, MIME) and web archives (MHTML, RFC 2557): one message, or a mailbox of many.
 *
 * @module
 */
import PostalMime, { type Address, type Email } from 'postal-mime';
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readBytes, readWhole, sizeOf } from './files.ts';
import { inUtf8 } from './mail-encoding.ts';
import { MAILBOX, MESSAGE } from './mail-type.ts';
import { type MessagePlace, messagesIn } from './mailbox.ts';
import {
  type Attachment,
  type Message,
  messagePieces,
  messageText,
  pageText,
} from './message-text.ts';
import { decodeText } from './text.ts';
import { type Piece, sectionUnits, walk } from './walk.ts';

const WHAT = 'mail';
const MAX_BYTES = 128 * 1024 * 1024;
/** Messages attached to messages. */
const MAX_DEPTH = 5;

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
  return messagePieces(await parse(bytes));
}

async function parse(bytes: Uint8Array, depth = 0): Promise<Message> {
  const email = await PostalMime.parse(inUtf8(bytes)).catch((error) => {
    throw brokenFile(WHAT, error);
  });
  return {
    subject: email.subject ?? '',
    fields: [
      ['From', addresses(email.from ? [email.from] : undefined)],
      ['To', addresses(email.to)],
      ['Cc', addresses(email.cc)],
      ['Date', email.headers.find(({ key }) => key === 'date')?.value],
    ],
    text: email.text ?? null,
    html: email.html ?? null,
    attachments: await attachmentsOf(email, depth),
  };
}

/** Attachments, without the pictures and styles of the page itself. */
async function attachmentsOf({ attachments }: Email, depth: number): Promise<Attachment[]> {
  const own = attachments.filter(({ related, disposition }) =>
    !related || disposition === 'attachment'
  );
  return await Promise.all(own.map(async ({ filename, mimeType, content }) => {
    const bytes = typeof content === 'string'
      ? new TextEncoder().encode(content)
      : new Uint8Array(content);
    return {
      name: filename ?? 'without a name',
      type: mimeType,
      bytes: bytes.length,
      text: await attachedText(mimeType, bytes, depth),
    };
  }));
}

/** Text of attachments that are text themselves. */
async function attachedText(
  type: string,
  bytes: Uint8Array,
  depth: number,
): Promise<string | undefined> {
  if (type === MESSAGE && depth < MAX_DEPTH) {
    return await parse(bytes, depth + 1).then(messageText, () => undefined);
  }
  if (type === 'text/html') return pageText(decodeText(bytes));
  return /^text\/(plain|csv|markdown)$/.test(type) ? decodeText(bytes).trim() : undefined;
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
