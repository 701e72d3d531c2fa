/**
 * Common names of media types.
 *
 * @module
 */

const NAMES: Readonly<Record<string, string>> = {
  'application/pdf': 'PDF',
  'application/msword': 'Word',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
  'application/vnd.oasis.opendocument.text': 'OpenDocument text',
  'application/vnd.oasis.opendocument.presentation': 'OpenDocument slides',
  'application/vnd.oasis.opendocument.spreadsheet': 'OpenDocument table',
  'application/vnd.ms-excel': 'Excel',
  'application/vnd.ms-powerpoint': 'PowerPoint',
  'application/vnd.ms-outlook': 'Mail',
  'message/rfc822': 'Mail',
  'application/mbox': 'Mail',
  'application/epub+zip': 'EPUB',
  'application/x-fictionbook+xml': 'FB2',
  'application/x-ipynb+json': 'Notebook',
  'application/x-subrip': 'Subtitles',
  'text/vtt': 'Subtitles',
  'text/x-ssa': 'Subtitles',
  'application/rtf': 'RTF',
  'application/xml': 'XML',
  'image/svg+xml': 'SVG',
  'application/json': 'JSON',
  'application/octet-stream': 'Other',
  'text/plain': 'Text',
  'text/markdown': 'Markdown',
  'text/html': 'HTML',
  'text/csv': 'CSV',
};

/** `Word`, `Audio (wav)`; an unknown type is returned unchanged. */
export function mediaName(mediaType: string): string {
  const [type = ''] = mediaType.split(';');
  const [family, format = ''] = type.split('/');
  const named = NAMES[type.trim().toLowerCase()];
  if (named !== undefined) return named;
  if (family === 'audio') return `Audio (${format.replace(/^x-/, '')})`;
  if (family === 'image') return `Image (${format.replace(/^x-/, '')})`;
  return family === 'video' ? `Video (${format.replace(/^x-/, '')})` : type;
}
