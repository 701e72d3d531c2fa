/**
 * Mails by SMTP: one for each event, under an id that stays the same at every attempt.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { RemoteStatus } from '#contract/remote.ts';
import type { SessionEnd } from '#contract/webhooks.ts';
import { createTransport, type NodemailerError } from 'nodemailer';
import type { Executor } from '../database/connection.ts';
import { RemoteError } from '../remote/remote-error.ts';
import { createRemoteService } from '../remote/service.ts';
import { composeMail } from './compose-mail.ts';
import { MAIL_MS, type SendMail } from './deliver.ts';
import type { DueMail } from './deliveries.ts';
import { readRecipient } from './mail-recipient.ts';
import type { Outcome } from './outcome.ts';
import { toSessionEnd } from './told-event.ts';

export interface MailOptions {
  /** `smtp://` or `smtps://`, with name and password if the server requires them. */
  readonly smtpUrl: string;
  /** Sender: `Headway <headway@app.example>`. */
  readonly from: string;
  /** Public address of the pages; without it mails have no links. */
  readonly publicUrl?: string | null | undefined;
  /** Link to a session. @default the pages of this program, below `publicUrl` */
  readonly linkOf?: ((end: SessionEnd) => string) | undefined;
}

/** True if a person may read a knowledge base; null checks only that the account is active. */
export type MayRead = (userId: string, knowledgeId: string | null) => Promise<boolean>;

interface Surroundings {
  readonly db: Executor;
  /** Called before a mail is sent. */
  readonly mayRead: MayRead;
  /** Called when the mail server goes down, or is back. */
  readonly onChange: (status: RemoteStatus) => void;
}

/** Creates the function that sends mails; connects only when it sends. */
export function createMailer(options: MailOptions, surroundings: Surroundings): SendMail {
  const { onChange } = surroundings;
  const transport = createTransport({
    url: options.smtpUrl,
    disableFileAccess: true,
    disableUrlAccess: true,
  }, { from: options.from });
  const service = createRemoteService({ name: 'mail', attemptMs: MAIL_MS, onChange });

  return async (mail, signal) => {
    const composed = await compose(surroundings, options, mail);
    if ('state' in composed) return composed;
    const send = (signal: AbortSignal) =>
      transport.sendMail({ ...composed, signal }).catch((error) => {
        signal.throwIfAborted();
        throw remoteErrorOf(error);
      });
    try {
      await service.call(send, { signal, retries: 0 });
      return { state: 'delivered', status: null };
    } catch (error) {
      if (error instanceof RemoteError) return outcomeOf(error);
      throw error;
    }
  };
}

async function compose({ db, mayRead }: Surroundings, options: MailOptions, mail: DueMail) {
  const end = toSessionEnd(mail.data);
  if (!(await mayRead(mail.mail_to, end.knowledge_id))) {
    return over('refused', 'The person may not read this any more');
  }
  const recipient = await readRecipient(db, mail.mail_to, end.knowledge_id);
  if (!recipient) return over('refused', 'The person wants no mails any more');
  const { name, email, language, minutes, knowledge_name: knowledgeName } = recipient;
  if (email === null) return over('no_address', 'The person has no address that mail can go to');
  const links = linksOf(options, end);
  const facts = { end, name, language: language ?? 'en', minutes, knowledgeName, links } as const;
  return {
    ...composeMail(facts),
    to: { name: '', address: email },
    messageId: `<${mail.event_id}@${domainOf(options.from)}>`,
    date: new Date(mail.happened_at * 1000),
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

function linksOf({ publicUrl, linkOf }: MailOptions, end: SessionEnd) {
  if (!publicUrl) return null;
  const base = publicUrl.replace(/\/+$/, '');
  const { knowledge_id: knowledge } = end;
  const path = knowledge === null ? '/history' : `/knowledge/${encodeURIComponent(knowledge)}`;
  return { work: linkOf?.(end) ?? base + path, preferences: `${base}/preferences` };
}

const domainOf = (from: string) => /@([\w.-]+)/.exec(from)?.[1] ?? 'localhost';

const over = (failure: 'refused' | 'no_address', detail: string): Outcome => ({
  state: 'over',
  failure,
  detail,
  status: null,
});

/**
 * Status 4xx is transient (RFC 5321, 4.2.1); so is a wrong password, which an operator may correct.
 */
function remoteErrorOf({ code, responseCode }: NodemailerError): RemoteError {
  const said = [responseCode, code].filter(Boolean).join(' ');
  if (!responseCode || code === 'EAUTH') {
    return new RemoteError('outage', message('mail_not_taken', { said }));
  }
  return responseCode < 500
    ? new RemoteError('busy', message('mail_later', { said }))
    : new RemoteError('refused', message('mail_refused', { said }));
}

function outcomeOf({ passing, message, retryAfterSeconds }: RemoteError): Outcome {
  if (!passing) return over('refused', message);
  return {
    state: 'again',
    failure: 'unreachable',
    detail: message,
    status: null,
    retryAfterSeconds,
  };
}
