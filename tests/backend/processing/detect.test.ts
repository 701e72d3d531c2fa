import { strFromU8, unzipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';
import { detectMediaType } from '../../../backend/processing/detect.ts';
import { documentProcessors } from '../../../backend/processing/extract/documents.ts';
import { unsupportedType } from '../../../backend/processing/extract/failures.ts';
import { processorFor } from '../../../backend/processing/registry.ts';
import {
  makeDocx,
  makeEncryptedDocx,
  makeEncryptedPdf,
  makeEpub,
  makeFb2,
  makeLegacyDoc,
  makeMbox,
  makeMhtml,
  makeMsg,
  makeOdp,
  makeOds,
  makeOdt,
  makePdf,
  makePptx,
  makeXls,
  makeXlsb,
  makeXlsx,
  withMainType,
  zip,
} from '../../support/documents.ts';

const folder = await Deno.makeTempDir({ prefix: 'headway-detect-' });
afterAll(() => Deno.remove(folder, { recursive: true }));

async function detect(name: string, content: string | Uint8Array): Promise<string> {
  const path = `${folder}/bytes`;
  await Deno.writeFile(
    path,
    typeof content === 'string' ? new TextEncoder().encode(content) : content,
  );
  return await detectMediaType(path, name);
}

const sheets = { A: [['x', 1]] };
const OFFICE = 'application/vnd.openxmlformats-officedocument';
const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument';
const EXCEL_XML = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>' +
  '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>';
const WORD_2003 = '<?xml version="1.0"?><?mso-application progid="Word.Document"?>' +
  '<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"/>';
const flat = (kind: string) =>
  '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:' +
  `office:1.0" office:mimetype="application/vnd.oasis.opendocument.${kind}"/>`;
const noise = Uint8Array.from({ length: 500 }, (_, at) => (at * 7919 + (at >> 3) * 31) & 0xff);

test.each<[string, string, string | Uint8Array]>([
  ['application/pdf', 'a.txt', makePdf(['x'])],
  ['application/pdf', 'a.docx', makeEncryptedPdf(['x'])],
  [`${OFFICE}.wordprocessingml.document`, 'a', makeDocx(['x'])],
  [`${OFFICE}.presentationml.presentation`, 'a.zip', makePptx([{ title: 'x' }])],
  [`${OFFICE}.spreadsheetml.sheet`, 'a.csv', makeXlsx(sheets)],
  [`${OPEN_DOCUMENT}.text`, 'a', makeOdt(['x'])],
  [`${OPEN_DOCUMENT}.presentation`, 'a', makeOdp([{ title: 'x' }])],
  [`${OPEN_DOCUMENT}.spreadsheet`, 'a', makeOds(sheets)],
  ['application/epub+zip', 'a', makeEpub([{ title: 'x', html: 'x' }])],
  ['application/vnd.ms-excel', 'a.doc', makeXls(sheets)],
  ['application/msword', 'a.xls', makeLegacyDoc()],
  ['application/vnd.ms-outlook', 'a.doc', makeMsg({ subject: 'x', text: 'y' })],
  ['application/x-ooxml-encrypted', 'a.docx', makeEncryptedDocx()],
  ['application/zip', 'a.docx', zip({ 'a.txt': 'x' })],
  ['application/rtf', 'a.doc', '{\\rtf1\\ansi text}'],
  [
    'image/png',
    'a.txt',
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82),
  ],
  ['application/octet-stream', 'a.txt', noise],
  ['application/octet-stream', 'a.pdf', new Uint8Array(1000)],
])('detectMediaType() finds %s in %s by its content', async (type, name, content) => {
  expect(await detect(name, content)).toBe(type);
});

// Content types of the main part as Office writes them (ECMA-376, MS-OFFMACRO2, MS-XLSB).
test.each([
  ['.docm', 'docx', makeDocx(['x']), 'vnd.ms-word.document.macroEnabled.main+xml'],
  ['.dotm', 'docx', makeDocx(['x']), 'vnd.ms-word.template.macroEnabledTemplate.main+xml'],
  ['.xlsm', 'spreadsheet', makeXlsx(sheets), 'vnd.ms-excel.sheet.macroEnabled.main+xml'],
  ['.xltm', 'spreadsheet', makeXlsx(sheets), 'vnd.ms-excel.template.macroEnabled.main+xml'],
  ['.xlam', 'spreadsheet', makeXlsx(sheets), 'vnd.ms-excel.addin.macroEnabled.main+xml'],
  ['.pptm', 'pptx', makePptx([{}]), 'vnd.ms-powerpoint.presentation.macroEnabled.main+xml'],
  ['.ppsm', 'pptx', makePptx([{}]), 'vnd.ms-powerpoint.slideshow.macroEnabled.main+xml'],
  ['.potm', 'pptx', makePptx([{}]), 'vnd.ms-powerpoint.template.macroEnabled.main+xml'],
  ['.ppam', 'pptx', makePptx([{}]), 'vnd.ms-powerpoint.addin.macroEnabled.main+xml'],
  ['.dotx', 'docx', makeDocx(['x']), `${OFFICE.slice(12)}.wordprocessingml.template.main+xml`],
  ['.xltx', 'spreadsheet', makeXlsx(sheets), `${OFFICE.slice(12)}.spreadsheetml.template.main+xml`],
  ['.ppsx', 'pptx', makePptx([{}]), `${OFFICE.slice(12)}.presentationml.slideshow.main+xml`],
  ['.potx', 'pptx', makePptx([{}]), `${OFFICE.slice(12)}.presentationml.template.main+xml`],
])('detectMediaType() finds a type with a processor in %s', async (extension, id, bytes, type) => {
  const detected = await detect(`a${extension}`, withMainType(bytes, `application/${type}`));
  expect(processorFor(detected).id).toBe(id);
});

test.each([
  ['its path', makeXlsb(sheets)],
  ['its extension', withoutOverrides(makeXlsb(sheets))],
])('detectMediaType() finds a binary workbook declared by %s', async (_, bytes) => {
  const detected = await detect('a.xlsb', bytes);
  expect(detected).toBe('application/vnd.ms-excel.sheet.binary.macroenabled.12');
  expect(processorFor(detected).id).toBe('spreadsheet');
});

function withoutOverrides(bytes: Uint8Array): Uint8Array {
  const { '[Content_Types].xml': types, ...others } = unzipSync(bytes);
  return zip({
    '[Content_Types].xml': strFromU8(types!).replaceAll(/<Override[^>]*>/g, ''),
    ...others,
  });
}

test.each([
  ['text/plain', 'a.txt', 'Plain words'],
  ['text/plain', 'a', 'Plain words'],
  ['text/plain', 'a.pdf', 'Not a PDF at all'],
  ['text/plain', 'main.ts', 'export const a = 1;'],
  ['text/plain', 'a.txt', 'BMW and MZ are two letters that begin other formats'],
  ['text/plain', 'a.log', '\u001b[31mred\u001b[0m'],
  ['text/plain', 'a.txt', '{ not json'],
  ['text/plain', 'a.txt', 'One control character\u0001 does not make bytes of a text'],
  ['text/plain', 'a.txt', 'a\0b'],
  ['text/csv', 'a.csv', `name,value\n${'row,1\n'.repeat(200)}\u001a\u0002`],
  ['application/x-subrip', 'a.srt', '1\n00:00:01,000 --> 00:00:02,000\nHello'],
  ['text/markdown', 'README.md', '# Title'],
  ['text/markdown', 'README.MD', '<html>in markdown</html>'],
  ['text/csv', 'a.csv', 'a,b\n1,2'],
  ['text/tab-separated-values', 'a.tsv', 'a\tb'],
  ['text/html', 'a.html', '<p>fragment'],
  ['text/html', 'a.txt', '\n <!DOCTYPE html><title>x</title>'],
  ['text/html', 'a.xml', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'],
  ['application/json', 'a.json', '{"a": 1}'],
  ['application/json', 'a', '[1, 2, 3]'],
  ['application/json', 'broken.json', '{"a": '],
  ['application/xml', 'feed', '<?xml version="1.0"?><rss/>'],
  ['application/x-subrip', 'a.txt', '\n7\r\n00:00:01,000 --> 00:00:02,000\r\nHello'],
  ['text/vtt', 'a', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello'],
  ['text/x-ssa', 'a.ass', '[Script Info]\nTitle: x'],
  ['message/rfc822', 'a.txt', 'From: a@b.c\nTo: d@e.f\nSubject: x\n\nText'],
  ['message/rfc822', 'a.eml', 'Subject: x\n\nText'],
  ['message/rfc822', 'a.mht', makeMhtml('<p>x')],
  ['application/mbox', 'a', makeMbox([{ subject: 'x', text: 'y' }])],
  ['text/plain', 'a.txt', 'From: here to there\nit is far\nSubject: none\n'],
  ['text/plain', 'a.txt', 'From here on Monday 10:00 it is far\nand further'],
  ['application/x-ipynb+json', 'a.ipynb', '{"cells": []}'],
  ['application/x-fictionbook+xml', 'a', makeFb2([])],
  ['image/svg+xml', 'a.svg', '<!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['application/rtf', 'a.doc', '\n{\\rtf1 text}'],
  ['text/html', 'a.xls', '<table border=1><tr><td>x'],
  ['text/tab-separated-values', 'a.xls', 'Name\tSum\r\nx\t5\r\n'],
  ['text/plain', 'a.doc', 'Plain words,\tone tab\nand none'],
  ['application/vnd.ms-excel', 'a.xml', EXCEL_XML],
  ['application/x-word+xml', 'a.doc', WORD_2003],
  [`${OPEN_DOCUMENT}.text-flat-xml`, 'a.fodt', flat('text')],
  [`${OPEN_DOCUMENT}.spreadsheet-flat-xml`, 'a.xml', flat('spreadsheet')],
  [`${OPEN_DOCUMENT}.presentation-flat-xml`, 'a.fodp', flat('presentation')],
  ['text/plain', 'empty.bin', ''],
  ['text/csv', 'empty.csv', ''],
])('detectMediaType() finds %s in the text %s', async (type, name, content) => {
  expect(await detect(name, content)).toBe(type);
});

test('detectMediaType() knows text in UTF-16 and Windows-1252', async () => {
  const wide = Uint8Array.from([...'\ufeffHello there'].flatMap((letter) => {
    const code = letter.charCodeAt(0);
    return [code & 255, code >> 8];
  }));
  expect(await detect('a.txt', wide)).toBe('text/plain');
  expect(await detect('a.txt', wide.slice(2))).toBe('text/plain');
  expect(await detect('a.txt', Uint8Array.from([...'Gr\xfc\xdfe'].map((c) => c.charCodeAt(0)))))
    .toBe('text/plain');
});

test('detectMediaType() does not take a character cut in two for another encoding', async () => {
  const text = 'ü'.repeat(40_000);
  expect(await detect('a.txt', `x${text}`)).toBe('text/plain');
});

test('detectMediaType() finds a PDF behind something else, and no PDF in a text about one', async () => {
  const pdf = new TextDecoder('latin1').decode(makePdf(['x']));
  const printerJob = `\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n${pdf}`;
  for (
    const content of [`\n\n${pdf}`, `${'HTTP/1.1 200 OK\r\n'.repeat(40)}\r\n${pdf}`, printerJob]
  ) {
    expect(await detect('a.pdf', content)).toBe('application/pdf');
  }
  expect(await detect('a.txt', 'Files begin with %PDF-1.4 and end with %%EOF.')).toBe('text/plain');
  expect(await detect('a.txt', `${'x'.repeat(2000)}${pdf}`)).toBe('text/plain');
});

test('every document type that is detected has a processor or a reason', () => {
  const types = new Set(documentProcessors.flatMap(({ mediaTypes }) => mediaTypes));
  for (const type of ['text/plain', 'application/xml', 'application/x-ooxml-encrypted']) {
    expect(types).toContain(type);
  }
  expect(unsupportedType('application/zip').message).toMatch(/unpack/);
  expect(unsupportedType('image/jxl').message).toMatch(/image\/jxl.*PDF/);
});
