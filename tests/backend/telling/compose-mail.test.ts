import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionEnd } from '../../../backend/contract/webhooks.ts';
import { composeMail, type MailFacts } from '../../../backend/telling/compose-mail.ts';

const END: SessionEnd = {
  session_id: 'session',
  kind: 'files',
  title: null,
  knowledge_id: 'base',
  user_id: 'ann',
  status: 'completed',
  attempt: 1,
  total_files: 12,
  processed_files: 11,
  failed_files: 1,
  message: '',
  error: null,
  queued_at: 1000,
  finished_at: 1000 + 25 * 60,
};

const facts = (more: Partial<MailFacts> = {}): MailFacts => ({
  end: END,
  name: 'Ann',
  language: 'en',
  minutes: 10,
  knowledgeName: 'Novels',
  links: { work: 'https://app.example/knowledge/base', preferences: 'https://app.example/p?a&b' },
  ...more,
});

test('says what ended, how, and where it is, in English', () => {
  expect(composeMail(facts()).subject).toBe('“Novels”: done');
  expect(composeMail(facts()).text).toBe(`Hello Ann,

“Novels”: done
11 files were processed.
1 file could not be processed; the page says why.
It took 25 minutes.

Have a look: https://app.example/knowledge/base

-- 
You asked to be told of work that takes 10 minutes or longer.
Change that: https://app.example/p?a&b
`);
});

test('and in German, of a job that failed, without links where there are none', () => {
  const end: SessionEnd = { ...END, title: 'Bericht', status: 'error', kind: 'report' };
  const { subject, text, html } = composeMail(facts({ end, language: 'de', links: null }));
  expect(subject).toBe('„Bericht“: fehlgeschlagen');
  expect(text).toContain('Guten Tag Ann,');
  expect(text).not.toMatch(/https?:|Datei/);
  expect(html).toContain('<html lang="de">');
  expect(html).not.toContain('<a ');
});

test('no name makes a second line, a tag, or a heading of a mail', () => {
  const evil = fc.oneof(
    fc.constantFrom(
      'A\r\nBcc: all@app.example',
      '<script>alert(1)</script>',
      'a\u2028b\u0000c\u202ed',
      '"><img src=x onerror=alert(1)>',
    ),
    fc.array(fc.nat(0x10ffff), { maxLength: 200 }).map((codes) => String.fromCodePoint(...codes)),
  );
  const plain = composeMail(facts());
  const tags = (html: string) => html.match(/<[^>]*>/g);
  fc.assert(
    fc.property(evil, evil, (name, knowledgeName) => {
      const { subject, text, html } = composeMail(facts({ name, knowledgeName }));
      expect(subject).not.toMatch(/[\r\n\p{C}\p{Zl}\p{Zp}]/u);
      expect(subject.length).toBeLessThan(300);
      expect(text.split('\n')).toHaveLength(plain.text.split('\n').length);
      expect(tags(html)).toEqual(tags(plain.html));
    }),
    { numRuns: 60 },
  );
});
