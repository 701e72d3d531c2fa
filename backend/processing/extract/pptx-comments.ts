/**
 * Comments on slides, in the form of PowerPoint 2007 and in the one with replies.
 *
 * @module
 */
import { commentHeading } from './docx-notes.ts';
import { walkXml } from './xml.ts';

/** Names by id, of either list of authors. */
export function readAuthors(xml: string): Map<string, string> {
  const names = new Map<string, string>();
  walkXml(xml, {
    open({ name, attributes }) {
      if (name === 'cmAuthor' || name === 'author') {
        names.set(attributes.id ?? '', attributes.name ?? '');
      }
    },
  });
  return names;
}

/** One line for each comment and reply. */
export function readComments(xml: string, authors: ReadonlyMap<string, string>): string[] {
  const comments: { author: string; text: string }[] = [];
  const open: { author: string; text: string }[] = [];
  walkXml(xml, {
    open({ name, attributes }) {
      if (name === 'p' && open.at(-1)?.text) open.at(-1)!.text += ' ';
      if (name !== 'cm' && name !== 'reply') return;
      const comment = { author: attributes.authorId ?? '', text: '' };
      comments.push(comment);
      open.push(comment);
    },
    text(text, path) {
      const name = path.at(-1)?.name;
      if ((name === 't' || name === 'text') && open.length) open.at(-1)!.text += text;
    },
    close({ name }) {
      if (name === 'cm' || name === 'reply') open.pop();
    },
  });
  return comments
    .map(({ author, text }) => [authors.get(author), text.replace(/\s+/g, ' ').trim()] as const)
    .filter(([, text]) => text)
    .map(([author, text]) => commentHeading(author) + text);
}
