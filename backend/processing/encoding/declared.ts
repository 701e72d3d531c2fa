/**
 * The declared encoding of a text.
 *
 * @module
 */
import { knownEncoding } from './decoder.ts';

/** Number of bytes searched for declarations; pages may have kilobytes of scripts before theirs. */
export const DECLARATION_BYTES = 64 * 1024;

const DECLARATIONS: readonly RegExp[] = [
  /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)/i, //               XML 1.0, 4.3.3
  /^@charset\s+"([\w.:-]+)"/i, //                                      CSS Syntax 3, 3.2
  /^(?:.*\n)?[ \t\f]*#.*?coding[:=][ \t]*([\w.-]+)/, //                 PEP 263, and Ruby, Emacs
  /^"?content-type:[^\n]*?charset\s*=\s*"?([\w.:-]+)/im, //            gettext, mail
];
/** HTML Living Standard, 13.2.3.2: prescan, here as far as the head is read. */
const META = /<meta\b[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)/gi;
const COMMENT = /<!--[^]*?-->/g;

/** Name of a known encoding, or null. A byte order mark is no declaration: it is never wrong. */
export function declaredEncoding(bytes: Uint8Array): string | null {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, DECLARATION_BYTES));
  for (const declaration of DECLARATIONS) {
    const found = asRead(declaration.exec(head)?.[1]);
    if (found) return found;
  }
  if (!/<(?:!doctype html|html|head|meta)\b/i.test(head)) return null;
  for (const [, label] of head.replace(COMMENT, '').matchAll(META)) {
    const found = asRead(label);
    if (found) return found;
  }
  return null;
}

/** A declaration found byte by byte cannot be in UTF-16 or UTF-32: it means UTF-8. */
function asRead(label: string | undefined): string | null {
  const encoding = label ? knownEncoding(label) : null;
  return encoding && /^utf-?(16|32)/.test(encoding) ? 'utf-8' : encoding;
}
