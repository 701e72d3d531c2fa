/**
 * What a ZIP file is a document of, by what it says of itself: for files whose entries are not in
 * the order that a quick look expects.
 *
 * @module
 */
import { Archive } from './archive.ts';
import { elementsNamed } from './xml.ts';

/** Media type, or null for an archive of no known kind and for one that cannot be opened. */
export async function packageType(path: string): Promise<string | null> {
  try {
    using archive = await Archive.open(path, 'archive');
    const declared = archive.has('mimetype') ? await archive.text('mimetype') : null;
    if (declared && /^[\w.+-]+\/[\w.+-]+$/.test(declared.trim())) return declared.trim();
    return openXmlType(await archive.text('[Content_Types].xml') ?? '');
  } catch {
    return null;
  }
}

/** The content type of the main part is that of the file with `.main+xml` behind it. */
function openXmlType(contentTypes: string): string | null {
  const types = elementsNamed(contentTypes, 'Override').map(
    ({ attributes }) => attributes.ContentType ?? '',
  );
  const main = types.find((type) => /\.main(\+xml)?$/i.test(type));
  return main?.replace(/\.main(\+xml)?$/i, '').toLowerCase() ?? null;
}
