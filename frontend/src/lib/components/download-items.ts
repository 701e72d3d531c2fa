/**
 * Download formats of a file.
 *
 * @module
 */
import type { ExportFormatName, FileParts } from '#contract/files.ts';
import type { ExportQuery, HeadwayClient } from '../api/client.ts';
import type { MenuItem } from './menu-item.ts';
import type { Messages } from './messages.ts';

export interface Downloadable {
  readonly fileId: string;
  readonly name: string;
  /** Null while the file has no text. */
  readonly kind: FileParts['kind'];
}

/** Lists the original bytes and the text formats available for this kind. */
export function downloadItems(
  client: Pick<HeadwayClient, 'contentUrl' | 'exportUrl'>,
  { fileId, name, kind }: Downloadable,
  { reader }: Messages,
): MenuItem[] {
  const original = {
    label: reader.original,
    href: client.contentUrl(fileId, true),
    download: name,
  };
  if (kind === null) return [original];
  const item = (label: string, format: ExportFormatName, query?: ExportQuery): MenuItem => ({
    label,
    href: client.exportUrl(fileId, format, query),
  });
  const spoken = kind === 'transcript';
  const marked = spoken ? reader.asTextWithTimes : reader.asTextWithPages;
  return [
    original,
    item(reader.asText, 'txt'),
    item(marked, 'txt', { marks: 'true' }),
    item(reader.asMarkdown, 'md'),
    ...(spoken ? [item(reader.asSubRip, 'srt'), item(reader.asWebVtt, 'vtt')] : []),
    item(reader.asJson, 'json'),
  ];
}
