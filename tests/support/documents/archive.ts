/**
 * ZIP archives, good and bad.
 *
 * @module
 */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

/** An archive of texts and bytes by name; `mimetype` is stored first and uncompressed. */
export function zip(entries: Record<string, string | Uint8Array>): Uint8Array {
  const { mimetype, ...others } = entries;
  const bytes = (value: string | Uint8Array) => typeof value === 'string' ? strToU8(value) : value;
  return zipSync({
    ...(mimetype === undefined ? {} : { mimetype: [bytes(mimetype), { level: 0 }] as const }),
    ...Object.fromEntries(Object.entries(others).map(([name, value]) => [name, bytes(value)])),
  });
}

/** The same Office Open XML package with another content type of its main part. */
export function withMainType(bytes: Uint8Array, contentType: string): Uint8Array {
  const { '[Content_Types].xml': types, ...others } = unzipSync(bytes);
  const changed = strFromU8(types!).replace(
    /ContentType="[^"]*\.main\+xml"/,
    () => `ContentType="${contentType}"`,
  );
  return zip({ '[Content_Types].xml': changed, ...others });
}

/** A Word document of some 60 KB whose text unpacks to 64 MB. */
export function makeZipBomb(): Uint8Array {
  return zip({
    '[Content_Types].xml': `<Types><Override PartName="/word/document.xml" ContentType="` +
      `application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    'word/document.xml': new Uint8Array(64 * 1024 * 1024).fill(0x20),
  });
}

/** The first part of a file, as an upload that broke off leaves it. */
export function truncated(bytes: Uint8Array, share = 0.6): Uint8Array {
  return bytes.slice(0, Math.floor(bytes.length * share));
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
