/**
 * Recognises mail by its header.
 *
 * @module
 */

export const MESSAGE = 'message/rfc822';
export const MAILBOX = 'application/mbox';

const FIELD = /^[!-9;-~]{1,70}:[ \t]/;
const POSTMARK = /^From \S+.*\d{2}:\d{2}.*\r?\n/;
/** Fields that a message has and few other texts begin with. */
const MAIL_FIELDS =
  /^(from|to|cc|date|subject|message-id|received|return-path|mime-version|delivered-to|reply-to|content-type|x-mailer|dkim-signature):/i;

/** The media type of a mail, or null for other text. `extension` is that of its name. */
export function mailType(head: string, extension: string): string | null {
  const postmark = POSTMARK.exec(head);
  if (postmark && fieldsOf(head.slice(postmark[0].length)).some(isOfMail)) return MAILBOX;
  const fields = fieldsOf(head);
  const mail = new Set(fields.filter(isOfMail).map((field) => field.split(':')[0]!.toLowerCase()));
  if (/^(eml|mht|mhtml|emlx)$/.test(extension)) return mail.size >= 1 ? MESSAGE : null;
  const isMessage = mail.size >= 3 && mail.has('from') && fields.length === countOfLines(head);
  return isMessage || (mail.has('mime-version') && mail.size >= 2) ? MESSAGE : null;
}

const isOfMail = (field: string) => MAIL_FIELDS.test(field);

/** Fields at the beginning, up to the first blank line. */
function fieldsOf(head: string): string[] {
  return headerLines(head).filter((line) => FIELD.test(line));
}

/** Number of lines of the header that continue no other. */
function countOfLines(head: string): number {
  return headerLines(head).filter((line) => !/^[ \t]/.test(line)).length;
}

function headerLines(head: string): string[] {
  const lines = head.trimStart().split(/\r?\n/, 200);
  const end = lines.indexOf('');
  return end < 0 ? lines : lines.slice(0, end);
}
