/**
 * Reports as they are read, and what a card shows of a job.
 *
 * @module
 */
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import { jobEndText, viewJob } from '../../frontend/src/lib/components/job-view.ts';
import {
  type Block,
  type Inline,
  parseMarkdown,
} from '../../frontend/src/lib/components/markdown.ts';
import { ReportList } from '../../frontend/src/lib/jobs/report-list.svelte.ts';
import { englishMessages, germanMessages } from '../../frontend/src/lib/messages/index.ts';
import { PollingError } from '../../frontend/src/lib/polling/error.ts';
import { page, plain, table } from '../../backend/reports/markdown.ts';
import { answer, problem, sessionOf } from './fakes.ts';

function wordsOf(inlines: readonly Inline[]): string {
  return inlines.map((one) => {
    if (one.type === 'break') return '\n';
    return 'text' in one ? one.text : wordsOf(one.content);
  }).join('');
}

const inlinesOf = (text: string): readonly Inline[] => {
  const [block] = parseMarkdown(text);
  return block?.type === 'paragraph' ? block.content : [];
};

describe('parseMarkdown()', () => {
  it('reads what the reports are made of', () => {
    const text = page('# A \\| B', '**7** files', table(['Type', 'Files:'], [['PDF', '7']]));
    expect(parseMarkdown(text)).toEqual([
      {
        type: 'heading',
        level: 1,
        content: [{ type: 'text', text: 'A ' }, {
          type: 'text',
          text: '|',
        }, { type: 'text', text: ' B' }],
      },
      {
        type: 'paragraph',
        content: [{ type: 'strong', content: [{ type: 'text', text: '7' }] }, {
          type: 'text',
          text: ' files',
        }],
      },
      {
        type: 'table',
        align: [null, 'right'],
        head: [[{ type: 'text', text: 'Type' }], [{ type: 'text', text: 'Files' }]],
        rows: [[[{ type: 'text', text: 'PDF' }], [{ type: 'text', text: '7' }]]],
      },
    ]);
  });

  it('reads lists, quotes, code and rules', () => {
    const types = parseMarkdown('- a\n- b\n\n3. c\n\n> d\n\n```\ne\n```\n\n---\n')
      .map((block: Block) => block.type === 'list' ? `list ${block.start}` : block.type);
    expect(types).toEqual(['list null', 'list 3', 'quote', 'code', 'rule']);
  });

  it.each([
    '<img src=x onerror=alert(1)>',
    'a <script>alert(1)</script> b',
    '<div onclick="x">\n\n</div>',
  ])('shows markup as the text that it is: %s', (text) => {
    const shown = parseMarkdown(text).map((block) =>
      block.type === 'paragraph' ? wordsOf(block.content) : block.type
    ).join('\n');
    expect(shown.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
  });

  it.each([
    ['[a](https://a.test/b)', 'https://a.test/b'],
    ['[a](/knowledge/1)', '/knowledge/1'],
    ['[a](javascript:alert(1))', undefined],
    ['[a](JaVaScRiPt:alert)', undefined],
    ['[a](data:text/html,x)', undefined],
    ['[a](//other.test)', undefined],
    ['https://only.words', undefined],
    ['someone@mail.test', undefined],
  ])('makes a link of %s only where it is one', (text, href) => {
    const found = inlinesOf(text).find(({ type }) => type === 'link');
    expect(found && 'href' in found ? found.href : undefined).toBe(href);
    expect(wordsOf(inlinesOf(text))).toBe(href ? 'a' : text.replace(/^\[a\].*/, 'a'));
  });

  it('shows whatever a name is, and nothing else, where a report has made it plain', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .map((text) => text.replace(/\s+/g, ' ').trim())
      // Control characters are nobody's to see.
      .filter((text) => text !== '' && !/\p{C}/u.test(text));
    fc.assert(fc.property(name, (text) => {
      const [shown] = parseMarkdown(table(['Name'], [[plain(text)]]));
      expect(shown?.type === 'table' && wordsOf(shown.rows[0]?.[0] ?? [])).toBe(text);
    }));
  });
});

describe('viewJob()', () => {
  const moment = { measured: true, startedAt: 0, now: 65_000 };

  it('shows step, bar and time, without the title that stands above', () => {
    const step = { step: 'count', title: 'Counting words', at: 2, of: 3 };
    const kind = 'knowledge-report';
    const now = message('item', { name: 'a.txt', at: 4, of: 20 });
    const details = message('work_on', {
      kind,
      name: 'Report',
      now: message('job_step', { kind, ...step, now }),
    });
    const status = sessionOf({
      kind: 'job',
      title: 'Report',
      message: formatMessage(details),
      message_details: details,
      progress: 40,
      eta_seconds: 30,
    });
    expect(viewJob({ ...moment, status }, englishMessages)).toEqual({
      progress: 40,
      tone: 'active',
      step: 'Step 2 of 3: Counting words · a.txt (4 of 20)',
      details: ['1:05 so far', 'about 30 sec left'],
    });
    expect(viewJob({ ...moment, status }, germanMessages).step).toBe(
      'Schritt 2 von 3: Wörter werden gezählt · a.txt (4 von 20)',
    );
  });

  it('has a bar of no length where nothing is known, and says that it waits', () => {
    expect(viewJob({ ...moment, status: null, measured: false }, englishMessages).progress)
      .toBeNull();
    const status = sessionOf({
      kind: 'job',
      title: 'Report',
      message: 'Report',
      message_details: message('work_on', { kind: 'digest', name: 'Report', now: null }),
      queue_position: 2,
      progress: 0,
      status: 'queued',
    });
    expect(viewJob({ ...moment, status }, englishMessages)).toMatchObject({
      tone: 'waiting',
      step: 'Starting…',
      details: ['2 ahead in the queue', '1:05 so far'],
    });
  });

  it('is at work until its result is here', () => {
    const status = sessionOf({ status: 'completed', progress: 100 });
    expect(viewJob({ ...moment, status }, englishMessages).tone).toBe('active');
  });

  it('says in words why it ended', () => {
    const text = (code: string, messages = germanMessages) =>
      jobEndText(new PollingError('As the server said', { code }), messages);
    expect(text('session_failed')).toBe('As the server said');
    expect(text('forbidden')).toMatch(/dürfen/);
    expect(text('still_running', englishMessages)).toMatch(/itself goes on/);
    expect(text('a_new_code')).toBe('As the server said');
  });
});

describe('ReportList', () => {
  const items = [
    { ...sessionOf({ session_id: 'new', status: 'completed' }), job_kind: 'x' },
    { ...sessionOf({ session_id: 'failed', status: 'error' }), job_kind: 'x' },
    { ...sessionOf({ session_id: 'old', status: 'completed' }), job_kind: 'x' },
  ];

  function reports(results: Record<string, unknown> = {}): [ReportList, string[]] {
    const asked: string[] = [];
    const fetch = (input: RequestInfo | URL) => {
      const { pathname, search } = new URL(String(input), 'http://app.test');
      asked.push(decodeURIComponent(pathname.replace('/api/v1', '') + search));
      const [, , , , id] = pathname.split('/');
      if (id === undefined) return Promise.resolve(answer({ items, total: 3 }));
      const result = results[id] ?? { markdown: `# ${id}` };
      return Promise.resolve(
        id === 'gone'
          ? problem(404, 'session_not_found')
          : answer({ result, input: { language: 'de' }, finished_at: 5 }),
      );
    };
    const client = createHeadwayClient({ fetch: fetch as typeof globalThis.fetch });
    return [new ReportList(client, { kind: 'x', input: { file_id: 'f1' } }), asked];
  }

  it('shows the newest that was made, or the one that is asked for', async () => {
    const [list, asked] = reports();
    await list.load(null);
    expect(list.items.map(({ session_id }) => session_id)).toEqual(['new', 'old']);
    expect(list.shown).toEqual({ id: 'new', markdown: '# new', language: 'de', finishedAt: 5 });
    expect(asked[0]).toBe('/jobs?kind=x&live=false&limit=20&input={"file_id":"f1"}');
    await list.load('old');
    expect(list.shown?.markdown).toBe('# old');
  });

  it('says why a report cannot be had, and keeps the one that is read', async () => {
    const [list] = reports({ old: { no: 'markdown' } });
    await list.load(null);
    await list.load('gone');
    expect([list.shown?.id, list.error]).toMatchObject(['new', { code: 'session_not_found' }]);
    await list.load('old');
    expect(list.error).toBeInstanceOf(TypeError);
    await list.load(null);
    expect(list.error).toBeNull();
  });
});
