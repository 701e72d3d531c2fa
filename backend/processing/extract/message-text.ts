/**
 * A mail message as text, whatever its format: sender, recipients, the body, and the names of the
 * attachments.
 *
 * @module
 */
import { htmlToText } from './html.ts';
import { missingItems } from './missing-items.ts';
import { cutSections } from './sections.ts';
import { cleanText } from './text.ts';
import type { Piece } from './walk.ts';

export interface Message {
  readonly subject: string;
  /** Visible fields of the header, with their names. */
  readonly fields: readonly (readonly [name: string, value: string | null | undefined])[];
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly Attachment[];
}

export interface Attachment {
  readonly name: string;
  readonly type: string | null;
  readonly bytes: number | null;
  /** Its text; undefined if it was not extracted. */
  readonly text?: string | undefined;
}

/** Ratio of plain text to page below which the plain text is only a hint that there is a page. */
const COMPLETE_SHARE = 0.6;

export function messageText({ subject, fields, text, html, attachments }: Message): string {
  const header = [['Subject', subject] as const, ...fields]
    .filter(([, value]) => value?.trim())
    .map(([name, value]) => `${name}: ${oneLine(value!)}`)
    .join('\n');
  const names = attachments.map(({ name, type, bytes }) => {
    const details = [type, bytes === null ? null : sizeText(bytes)].filter(Boolean).join(', ');
    return `- ${oneLine(name)}${details && ` (${details})`}`;
  });
  return [
    header,
    bodyOf(text, html),
    names.length > 0 && ['Attachments:', ...names].join('\n'),
    ...attachments.flatMap(({ name, text }) => text ? [`${oneLine(name)}:\n\n${text}`] : []),
  ].filter(Boolean).join('\n\n');
}

/**
 * The message in sections under its subject, with a notice of attachments that were not extracted.
 */
export function messagePieces(message: Message): Piece[] {
  const label = oneLine(message.subject).slice(0, 200) || null;
  const unread = message.attachments.filter(({ text }) => text === undefined);
  const notices = missingItems('attachments_left_out', unread.map(({ name }) => oneLine(name)));
  return cutSections(messageText(message)).map((section, at) => ({
    kind: 'section',
    label,
    text: section.text,
    // A message begins behind a blank line.
    ...at > 0 ? { separator: section.separator } : { notices },
  }));
}

function bodyOf(text: string | null, html: string | null): string {
  const plain = cleanText(text ?? '').trim();
  if (!html) return plain;
  const page = pageText(html);
  return plain.length < page.length * COMPLETE_SHARE ? page : plain || page;
}

export function pageText(html: string): string {
  return htmlToText(html).text.trim();
}

const oneLine = (text: string) => cleanText(text).replace(/\s+/g, ' ').trim();

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${Math.ceil(kilobytes)} kB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}
