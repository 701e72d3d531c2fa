/**
 * Download of a text as a file.
 *
 * @module
 */
/// <reference lib="dom" />

/** Characters that some operating system forbids in file names. */
// deno-lint-ignore no-control-regex -- these are the characters
const FORBIDDEN = /[\\/:*?"<>|\u0000-\u001f]+/g;

const KEPT_MS = 60_000;

export function saveText(text: string, name: string, mediaType: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: `${mediaType};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = href;
  link.download = name.replace(FORBIDDEN, '-');
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read the bytes only after their save dialog.
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MS);
}
