/**
 * Media type of a file by its content; the name only distinguishes kinds of text.
 *
 * @module
 */
import { fileTypeFromFile } from 'file-type';
import { decoderOf } from './encoding/decoder.ts';
import { encodingOf } from './encoding/find.ts';
import { streamNames } from './extract/compound-file.ts';
import { ENCRYPTED_OFFICE } from './extract/encrypted-office.ts';
import { readBytes } from './extract/files.ts';
import { mailType } from './extract/mail-type.ts';
import { NOTEBOOK } from './extract/notebook.ts';
import { packageType } from './extract/package-type.ts';
import { subtitleType } from './extract/subtitles.ts';
import { decodeText } from './extract/text.ts';
import { rawSoundType } from './transcribe/decode-raw.ts';
import { findMpegAudio } from './transcribe/mpeg-frames.ts';
import { xmlType } from './extract/xml-type.ts';

export const UNKNOWN_TYPE = 'application/octet-stream';

const HEAD_BYTES = 64 * 1024;
/** JSON up to this size is recognised without its extension. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** Kinds of text by the extension of the name. */
const TEXT_EXTENSIONS: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  htm: 'text/html',
  html: 'text/html',
  json: 'application/json',
  markdown: 'text/markdown',
  md: 'text/markdown',
  tsv: 'text/tab-separated-values',
  xhtml: 'text/html',
};

/** Streams that only one format has (MS-DOC, MS-XLS, MS-PPT, MS-OFFCRYPTO, MS-OXMSG). */
const COMPOUND_STREAMS: Readonly<Record<string, string>> = {
  EncryptedPackage: ENCRYPTED_OFFICE,
  WordDocument: 'application/msword',
  Workbook: 'application/vnd.ms-excel',
  Book: 'application/vnd.ms-excel',
  'PowerPoint Document': 'application/vnd.ms-powerpoint',
  '__properties_version1.0': 'application/vnd.ms-outlook',
};

/**
 * Detects the media type of the file at `path` with the name `name`. Unknown bytes are
 * `application/octet-stream`; an empty file is the kind of text of its extension.
 */
export async function detectMediaType(path: string, name: string): Promise<string> {
  using file = await Deno.open(path);
  const head = await readBytes(file, 0, HEAD_BYTES);
  if (isPackage(head)) return await packageType(path) ?? await knownType(path) ?? UNKNOWN_TYPE;
  if (hasPdfHeader(head)) return 'application/pdf';
  const sound = rawSoundType(head);
  if (sound) return sound;
  const text = textOf(head);
  const found = await knownType(path);
  const isText = text !== null && (isClean(text) ? !isWrittenAsText(found) : found === null);
  if (isText) return await textType(path, name, text);
  if (found === 'application/x-cfb' || isLegacyOffice(found)) return await compoundType(path);
  return found ?? (await findMpegAudio(path) ? 'audio/mpeg' : UNKNOWN_TYPE);
}

async function knownType(path: string): Promise<string | null> {
  return (await fileTypeFromFile(path))?.mime.split(';')[0] ?? null;
}

/** True for formats whose files may be plain characters. */
function isWrittenAsText(type: string | null): boolean {
  return type !== null && /^application\/(pdf|rtf|postscript|eps)$/.test(type);
}

function isLegacyOffice(type: string | null): boolean {
  return type !== null && Object.values(COMPOUND_STREAMS).includes(type);
}

/** The header of a PDF may have up to 1,024 bytes of something else before it (ISO 32000-1, H.3). */
const PDF_HEADER = /%PDF-[12]\.\d/;
const PDF_HEADER_REACH = 1024 + 8;

/** A text about PDF may contain the header too, but no object behind it. */
function hasPdfHeader(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head);
  const at = text.slice(0, PDF_HEADER_REACH).search(PDF_HEADER);
  return at >= 0 && (at === 0 || /\d+\s+\d+\s+obj\b/.test(text.slice(at)));
}

/** Local header of a ZIP file, or the end of an empty one. */
function isPackage(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

async function compoundType(path: string): Promise<string> {
  const names = new Set(await streamNames(path));
  const stream = Object.keys(COMPOUND_STREAMS).find((name) => names.has(name));
  return stream ? COMPOUND_STREAMS[stream]! : 'application/x-cfb';
}

/** Control characters that do not occur in text. ESC does: it colours logs. */
// deno-lint-ignore no-control-regex
const CONTROLS = /(?![\t-\r\u001b\u007f\u0085])\p{Cc}/gu;
/** Maximum share of them in a text, with one allowed in any case: extraction omits them. */
const CONTROL_SHARE = 0.01;

const isClean = (text: string) => text.search(CONTROLS) < 0;

/** The beginning as text, or null for binary data. */
function textOf(head: Uint8Array): string | null {
  const { encoding, start, doubtful } = encodingOf(head, head.length < HEAD_BYTES);
  const text = decoderOf(encoding).decode(head.subarray(start), { stream: true });
  const controls = text.match(CONTROLS)?.length ?? 0;
  if (controls > Math.max(1, text.length * CONTROL_SHARE)) return null;
  if (/^utf-(16|32)/.test(encoding)) return isReadable(text) ? text : null;
  return doubtful && !isMostlyAscii(head) ? null : text;
}

function isReadable(text: string): boolean {
  const bad = text.match(/[\ufffd\p{Cn}]/gu)?.length ?? 0;
  return bad <= Math.max(1, text.length * CONTROL_SHARE);
}

/** True if bytes above 127 are occasional letters, not most of the text. */
function isMostlyAscii(head: Uint8Array): boolean {
  const ascii = head.reduce((count, byte) => count + Number(byte < 0x80), 0);
  return ascii >= head.length * 0.6;
}

async function textType(path: string, name: string, head: string): Promise<string> {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const claimed = TEXT_EXTENSIONS[extension];
  const start = head.trimStart();
  if (extension === 'ipynb' && start.startsWith('{')) return NOTEBOOK;
  if (claimed && claimed !== 'application/json') return claimed;
  if (start.startsWith('{\\rtf')) return 'application/rtf';
  const disguised = OFFICE_EXTENSION.test(extension) ? disguisedType(start) : null;
  if (disguised) return disguised;
  const isPage = /^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!doctype html|<html[\s>])/is;
  if (isPage.test(start.slice(0, 1000))) return 'text/html';
  if (/^[{[]/.test(start) && (claimed || await isJson(path))) return 'application/json';
  const found = xmlType(start) ?? subtitleType(start) ?? mailType(start, extension);
  return found ?? (/^<\?xml\s/.test(start) ? 'application/xml' : 'text/plain');
}

const OFFICE_EXTENSION = /^(xlsx?|docx?)$/;

/** Detects web pages and tables of text that programs save under the name of an Office document. */
function disguisedType(start: string): string | null {
  if (/^<(table|head|body|div|meta|style|p|h[1-6]|title)[\s>]/i.test(start)) return 'text/html';
  const [first = '', second = ''] = start.split('\n', 2);
  const tabs = first.split('\t').length;
  return tabs > 1 && second.split('\t').length === tabs ? 'text/tab-separated-values' : null;
}

async function isJson(path: string): Promise<boolean> {
  const { size } = await Deno.stat(path);
  if (size > MAX_JSON_BYTES) return false;
  try {
    JSON.parse(decodeText(await Deno.readFile(path)));
    return true;
  } catch {
    return false;
  }
}
