/**
 * Document type of a ZIP file, by its own declarations: for files whose entries are not in the
 * order that a quick check expects.
 *
 * @module
 */
import { Archive } from './archive.ts';
import { elementsNamed } from './xml.ts';

const MAIN_PART = /\.main(\+xml)?$/i;

/** Media type, or null for an unknown archive and for one that cannot be opened. */
export async function packageType(path: string): Promise<string | null> {
  try {
    using archive = await Archive.open(path, 'archive');
    const declared = archive.has('mimetype') ? await archive.text('mimetype') : null;
    if (declared && /^[\w.+-]+\/[\w.+-]+$/.test(declared.trim())) return declared.trim();
    // Books that were repacked by hand lack the entry with their type.
    if (archive.has('META-INF/container.xml')) return 'application/epub+zip';
    return openXmlType(await archive.text('[Content_Types].xml') ?? '');
  } catch {
    return null;
  }
}

/**
 * The media type that belongs to the content type of the main part: without `.main+xml`, and for
 * macro-enabled kinds with the `.12` of the registered type (`….macroEnabled.12`). Excel names the
 * main part of a binary workbook by its extension (`Default`) instead of its path (`Override`).
 */
function openXmlType(contentTypes: string): string | null {
  const types = ['Override', 'Default'].flatMap((name) => elementsNamed(contentTypes, name)).map(
    ({ attributes }) => attributes.ContentType ?? '',
  );
  const main = types.find((type) => MAIN_PART.test(type));
  return main?.replace(MAIN_PART, '').toLowerCase()
    .replace(/\.macroenabled(template)?$/, '.macroenabled.12') ?? null;
}
