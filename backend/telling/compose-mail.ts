/**
 * The mail about the end of a session: a pure function of the event and the recipient.
 *
 * @module
 */
import type { MailLanguage } from '#contract/background.ts';
import type { SessionEnd } from '#contract/webhooks.ts';
import { MAIL_TEXTS, type MailTexts } from './mail-texts.ts';

export interface MailFacts {
  readonly end: SessionEnd;
  /** Name of the person. */
  readonly name: string;
  readonly language: MailLanguage;
  /** The threshold that the person chose, minutes. */
  readonly minutes: number;
  readonly knowledgeName: string | null;
  /**
   * Links to the session and to the mail preferences; null if the address of the pages is unknown.
   */
  readonly links: { readonly work: string; readonly preferences: string } | null;
}

export interface Composed {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Names cannot add lines to the subject or the text. */
export function composeMail(facts: MailFacts): Composed {
  const texts = MAIL_TEXTS[facts.language];
  const title = titleOf(facts, texts);
  const hello = texts.hello(oneLine(facts.name));
  const paragraphs = [headline(facts, title, texts), ...storyOf(facts.end, texts)];
  const because = texts.because(facts.minutes);
  const { links } = facts;
  return {
    subject: headline(facts, title, texts),
    text: [
      hello,
      paragraphs.join('\n'),
      links && `${texts.look}: ${links.work}`,
      links ? `-- \n${because}\n${texts.change}: ${links.preferences}` : `-- \n${because}`,
    ].filter(Boolean).join('\n\n') + '\n',
    html: page(texts, [
      `<p>${escaped(hello)}</p>`,
      `<p>${paragraphs.map(escaped).join('<br>')}</p>`,
      links && `<p>${anchor(links.work, texts.look)}</p>`,
      `<p style="color:#666;font-size:13px">${escaped(because)} ${
        links ? anchor(links.preferences, texts.change) : ''
      }</p>`,
    ]),
  };
}

function titleOf({ end, knowledgeName }: MailFacts, texts: MailTexts): string {
  const title = oneLine(end.title ?? knowledgeName ?? '');
  return title ? texts.quoted(title) : texts.yourWork;
}

const headline = ({ end }: MailFacts, title: string, texts: MailTexts): string =>
  `${title}: ${end.status === 'completed' ? texts.done : texts.failed}`;

/** A job of the app counts as one, so its files are not mentioned. */
function storyOf(end: SessionEnd, texts: MailTexts): string[] {
  const minutes = Math.max(1, Math.round((end.finished_at - end.queued_at) / 60));
  const counts = end.title === null && end.total_files > 0;
  return [
    ...(counts && end.processed_files > 0 ? [texts.files(end.processed_files)] : []),
    ...(counts && end.failed_files > 0 ? [texts.failedFiles(end.failed_files)] : []),
    texts.took(minutes),
  ];
}

const MOST_TITLE = 120;

/** Replaces control characters and line separators, which could end a header or begin a line. */
function oneLine(text: string): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length > MOST_TITLE ? `${[...line].slice(0, MOST_TITLE).join('')}…` : line;
}

const page = ({ locale }: MailTexts, parts: readonly (string | null)[]) =>
  `<!doctype html><html lang="${locale}"><body style="font:15px/1.5 sans-serif">${
    parts.filter(Boolean).join('\n')
  }</body></html>\n`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (each) => ENTITIES[each] ?? each);
const anchor = (href: string, text: string) => `<a href="${escaped(href)}">${escaped(text)}</a>`;
