/**
 * FictionBook, notebooks, subtitles, and Office documents of 1997–2003 (made by LibreOffice).
 *
 * @module
 */
import { gunzipSync } from 'fflate';
import { escapeXml } from './archive.ts';

export function makeFb2(
  chapters: readonly { title: string; paragraphs: readonly string[] }[],
): string {
  const sections = chapters.map(({ title, paragraphs }) =>
    `<section><title><p>${escapeXml(title)}</p></title>` +
    `${paragraphs.map((text) => `<p>${escapeXml(text)}</p>`).join('')}</section>`
  );
  return '<?xml version="1.0" encoding="utf-8"?>' +
    '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>' +
    '<genre>prose</genre><author><first-name>Ada</first-name> <last-name>Author</last-name></author>' +
    '<book-title>The Book</book-title></title-info><document-info><id>17</id></document-info>' +
    `</description><body>${sections.join('')}</body>` +
    '<binary id="c.png" content-type="image/png">AAAA</binary></FictionBook>';
}

export function makeNotebook(
  cells: readonly { code?: string; prose?: string; out?: string }[],
): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { language_info: { name: 'python' } },
    cells: cells.map(({ code, prose, out }) =>
      code === undefined ? { cell_type: 'markdown', metadata: {}, source: [prose] } : {
        cell_type: 'code',
        metadata: {},
        execution_count: 1,
        source: code.split(/(?<=\n)/),
        outputs: out === undefined ? [] : [{ output_type: 'stream', name: 'stdout', text: [out] }],
      }
    ),
  });
}

export function makeSrt(lines: readonly string[]): string {
  const pad = (n: number) => String(n).padStart(2, '0');
  return lines.map((line, at) => {
    const start = `00:${pad(Math.floor(at / 60))}:${pad(at % 60)}`;
    return `${at + 1}\r\n${start},000 --> ${start},900\r\n${line}\r\n`;
  }).join('\r\n');
}

/** `minutes.doc` or `slides.ppt`. */
export async function readLegacy(name: 'minutes.doc' | 'slides.ppt'): Promise<Uint8Array> {
  return gunzipSync(await Deno.readFile(new URL(`./legacy/${name}.gz`, import.meta.url)));
}
