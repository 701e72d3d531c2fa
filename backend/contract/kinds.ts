/**
 * Kinds of files, determined by media type and name. Plain constants, so that the browser and the
 * database sort files into the same kinds.
 *
 * @module
 */

export const FILE_KINDS = ['document', 'table', 'slides', 'image', 'audio', 'video'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/**
 * Patterns for a lowercase media type or name; the first match decides, and the default is
 * document. They mean the same in JavaScript and in PostgreSQL.
 */
export const KIND_PATTERNS: readonly (readonly [kind: FileKind, pattern: string])[] = [
  ['audio', '^audio/|\\.(mp3|wav|m4a|flac|ogg|oga|opus|aac|aiff?)$'],
  ['video', '^video/|\\.(mp4|m4v|mkv|webm|mov|avi)$'],
  ['image', '^image/(?!svg)|\\.(png|jpe?g|tiff?|webp|bmp|gif)$'],
  ['table', 'sheet|csv|excel|\\.(xl(s[xmb]?|t[xm]|am)|ods|tsv)$'],
  ['slides', '^application/.*(presentation|powerpoint)|\\.(pp[tsa][xm]?|pot[xm]|odp)$'],
];

const PATTERNS = KIND_PATTERNS.map(([kind, pattern]) => [kind, new RegExp(pattern)] as const);

export function fileKind(mediaType: string | null | undefined, name: string): FileKind {
  const hints = [mediaType?.toLowerCase() ?? '', name.toLowerCase()];
  const found = PATTERNS.find(([, pattern]) => hints.some((hint) => pattern.test(hint)));
  return found?.[0] ?? 'document';
}
