/**
 * Messages that Outlook stores as files of their own (.msg, MS-OXMSG).
 *
 * @module
 */
import { decompressRTF } from '@kenjiuno/decompressrtf';
import msgReader, { type FieldsData } from '@kenjiuno/msgreader';
import { Buffer } from 'node:buffer';
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText } from './failures.ts';
import { readWhole } from './files.ts';
import { type Attachment, type Message, messagePieces, messageText } from './message-text.ts';
import { decoderOfCodePage } from './rtf-charsets.ts';
import { rtfToText } from './rtf-text.ts';
import { decodeText } from './text.ts';
import { sectionUnits, walk } from './walk.ts';

const WHAT = 'outlook_message';
const MAX_BYTES = 256 * 1024 * 1024;
/** Messages attached to messages. */
const MAX_DEPTH = 5;

/** A CommonJS module whose own `default` is the class; some loaders have opened it already. */
const MsgReader = msgReader.default ?? msgReader as unknown as typeof msgReader.default;

export const outlookProcessor: Processor = {
  id: 'outlook',
  version: 1,
  step: 'extract',
  mediaTypes: ['application/vnd.ms-outlook'],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const fields = parse(await readWhole(path, WHAT, MAX_BYTES));
    const pieces = messagePieces(messageOf(fields, 0));
    yield* walk(sectionUnits(pieces, () => emptyText(WHAT)), checkpoint, signal);
  },
};

function parse(bytes: Uint8Array<ArrayBuffer>): FieldsData {
  try {
    const fields = new MsgReader(bytes.buffer).getFileData();
    const page = fields.messageCodepage ?? fields.internetCodepage;
    if (!page || page === 1200) return fields;
    // Properties of 8 bits a character are in the code page that the message names.
    const reader = new MsgReader(bytes.buffer);
    reader.parserConfig = { ansiEncoding: page === 65001 ? 'utf8' : `cp${page}` };
    return reader.getFileData();
  } catch (error) {
    throw brokenFile(WHAT, error);
  }
}

function messageOf(fields: FieldsData, depth: number): Message {
  const to = (kind: string) =>
    fields.recipients?.filter(({ recipType = 'to' }) => recipType === kind)
      .map(({ name, smtpAddress, email }) => address(name, smtpAddress ?? email)).join(', ');
  return {
    subject: fields.subject ?? '',
    fields: [
      ['From', address(fields.senderName, fields.senderSmtpAddress ?? fields.senderEmail)],
      ['To', to('to')],
      ['Cc', to('cc')],
      ['Date', fields.clientSubmitTime ?? fields.messageDeliveryTime],
    ],
    text: fields.body ?? rtfOf(fields),
    html: htmlOf(fields),
    attachments: (fields.attachments ?? []).filter(({ attachmentHidden }) => !attachmentHidden)
      .map((attachment) => attachmentOf(attachment, depth)),
  };
}

function attachmentOf(fields: FieldsData, depth: number): Attachment {
  const inner = fields.innerMsgContentFields;
  return {
    name: fields.fileName ?? fields.fileNameShort ?? fields.name ?? inner?.subject ??
      'without a name',
    type: inner ? 'message' : fields.attachMimeTag ?? null,
    bytes: inner ? null : fields.contentLength ?? null,
    ...inner && depth < MAX_DEPTH && { text: messageText(messageOf(inner, depth + 1)) },
  };
}

/** Omits addresses inside of Exchange (`/O=…`), which mean nothing to readers. */
function address(name: string | undefined, email: string | undefined): string {
  const known = email && !email.startsWith('/') ? email : '';
  return name && known && name !== known ? `${name} <${known}>` : name || known;
}

function htmlOf({ bodyHtml, html, internetCodepage }: FieldsData): string | null {
  if (bodyHtml) return bodyHtml;
  if (!html?.length) return null;
  const text = decodeText(html);
  return text.includes('\ufffd') && internetCodepage
    ? decoderOfCodePage(internetCodepage).decode(html)
    : text;
}

function rtfOf({ compressedRtf }: FieldsData): string | null {
  if (!compressedRtf?.length) return null;
  const bytes = decompressRTF(Array.from(compressedRtf));
  return rtfToText(Buffer.from(bytes).toString('latin1'));
}
