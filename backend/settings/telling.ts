/**
 * Settings of the mail server, and allowed targets of webhooks.
 *
 * @module
 */
import * as v from 'valibot';
import type { MailOptions } from '../telling/mailer.ts';
import { httpUrl } from './values.ts';

export const TellingVariables = v.object({
  SMTP_URL: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (text) => /^smtps?:$/.test(URL.parse(text)?.protocol ?? ''),
        'must begin with smtp:// or smtps://',
      ),
    ),
  ),
  MAIL_FROM: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^([^<>@"\r\n]+ <[^\s<>@",;]+@[\w.-]+>|[^\s<>@",;]+@[\w.-]+)$/,
        'must be an address, like Headway <headway@app.example>',
      ),
    ),
  ),
  PUBLIC_URL: httpUrl,
  WEBHOOK_TARGETS: v.optional(v.picklist(['public', 'any'], 'must be public or any'), 'public'),
});
type Given = v.InferOutput<typeof TellingVariables>;

export function conflictsOfMail({ SMTP_URL, MAIL_FROM }: Given): string[] {
  if (SMTP_URL && !MAIL_FROM) return ['SMTP_URL needs MAIL_FROM'];
  return MAIL_FROM && !SMTP_URL ? ['MAIL_FROM needs SMTP_URL'] : [];
}

/** Null if none is set up. */
export function mailOf({ SMTP_URL, MAIL_FROM, PUBLIC_URL }: Given): MailOptions | null {
  if (!SMTP_URL || !MAIL_FROM) return null;
  return { smtpUrl: SMTP_URL, from: MAIL_FROM, publicUrl: PUBLIC_URL ?? null };
}
