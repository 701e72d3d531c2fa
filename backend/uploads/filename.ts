/**
 * Names of files from users.
 *
 * @module
 */

const LONGEST_BYTES = 240;
const INVISIBLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A name that is safe to show and to download: no path, no invisible characters, at most 240 bytes.
 */
export function cleanFilename(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  const visible = base.replace(INVISIBLE, '').toWellFormed().normalize('NFC').trim();
  return shorten(visible.replace(/^\.+$/, '')) || 'unnamed';
}

/** Cuts the middle of a long name, so that its extension stays. */
function shorten(name: string): string {
  const encoder = new TextEncoder();
  if (encoder.encode(name).length <= LONGEST_BYTES) return name;
  const extension = /\.[^.\s]{1,12}$/.exec(name)?.[0] ?? '';
  const room = LONGEST_BYTES - encoder.encode(`…${extension}`).length;
  let kept = '';
  let bytes = 0;
  for (const character of name) {
    bytes += encoder.encode(character).length;
    if (bytes > room) break;
    kept += character;
  }
  return `${kept}…${extension}`;
}
