/**
 * What the tray makes of sessions: groups, one bar, one end, few words.
 *
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { heldProgress } from '../../frontend/src/lib/components/held-progress.ts';
import { englishMessages, germanMessages } from '../../frontend/src/lib/messages/index.ts';
import {
  announce,
  type Announced,
  type Announcement,
  subjectsOf,
} from '../../frontend/src/lib/tray/announce.ts';
import {
  type Burst,
  followBurst,
  summarise,
  type Summary,
  toneOf,
} from '../../frontend/src/lib/tray/burst.ts';
import {
  describeAnnouncement,
  describeSummary,
  describeWork,
} from '../../frontend/src/lib/tray/lines.ts';
import { groupWork, type Observed, viewWork } from '../../frontend/src/lib/tray/work.ts';
import { uploadTotals } from '../../frontend/src/lib/uploads/totals.ts';
import { sessionOf } from './fakes.ts';

const IDLE = uploadTotals([]);
const observed = (
  session: Partial<SessionStatusDocument>,
  given: Partial<Observed> = {},
): Observed => ({
  session: sessionOf(session),
  uploads: IDLE,
  error: null,
  trouble: null,
  stale: false,
  ...given,
});

describe('viewWork()', () => {
  it.each<[string, Observed, string, string | null]>([
    ['work', observed({}), 'running', null],
    ['a wait', observed({ status: 'queued' }), 'running', null],
    ['a chosen pause', observed({ status: 'paused' }), 'running', null],
    ['a good end', observed({ status: 'completed' }), 'done', null],
    ['a cancelled session', observed({ status: 'cancelled' }), 'done', null],
    ['failed files', observed({ status: 'completed', failed_files: 1 }), 'attention', 'failed'],
    ['a failed session', observed({ status: 'error' }), 'attention', 'failed'],
    ['a pause by an error', observed({ status: 'paused', error: 'x' }), 'attention', 'paused'],
    ['a standstill', observed({}, { stale: true }), 'attention', 'stalled'],
    [
      'bytes on their way, though nothing is new',
      observed({}, { stale: true, uploads: { ...IDLE, busy: true } }),
      'running',
      null,
    ],
    [
      'files that could not be sent',
      observed({}, { uploads: { ...IDLE, failedFiles: 1 } }),
      'attention',
      'unsent',
    ],
    ['a lost server', observed({}, { error: { code: 'network' } }), 'attention', 'unreachable'],
    ['a refusal', observed({}, { error: { code: 'forbidden' } }), 'attention', 'refused'],
    [
      'a passing trouble',
      observed({}, { trouble: { code: 'network' } }),
      'running',
      'reconnecting',
    ],
  ])('puts %s where it belongs', (_, given, group, obstacle) => {
    expect(viewWork(given)).toMatchObject({ group, obstacle });
  });

  it('groups keep the order', () => {
    const works = [
      observed({ session_id: 'a' }),
      observed({ session_id: 'b', status: 'error' }),
      observed({ session_id: 'c' }),
    ].map(viewWork);
    const { running, attention, done } = groupWork(works);
    expect(running.map(({ session }) => session.session_id)).toEqual(['a', 'c']);
    expect([attention.length, done.length]).toEqual([1, 0]);
  });

  it('always has words, in every language', () => {
    const anyWork = fc.record({
      status: fc.constantFrom('queued', 'processing', 'paused', 'completed', 'error', 'cancelled'),
      phase: fc.constantFrom('upload', 'queue', 'extract', 'transcribe', 'index', null),
      message: fc.constantFrom('', 'Page 1 of 2'),
      progress: fc.integer({ min: 0, max: 100 }),
      failed_files: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(fc.property(
      anyWork,
      fc.boolean(),
      fc.constantFrom(englishMessages, germanMessages),
      (session, online, messages) => {
        const words = describeWork(viewWork(observed(session as never)), online, messages);
        expect(words.join('').trim()).not.toBe('');
      },
    ));
  });

  it('says that the network is gone, and not that something failed', () => {
    const lost = viewWork(observed({}, { trouble: { code: 'network' } }));
    expect(describeWork(lost, false, englishMessages)).toEqual([englishMessages.tray.offline]);
    expect(describeWork(lost, true, englishMessages)).toEqual([englishMessages.tray.reconnecting]);
  });
});

describe('heldProgress()', () => {
  it('holds at 99 until the end is true', () => {
    expect([heldProgress(100, false), heldProgress(100, true), heldProgress(-1, false)])
      .toEqual([99, 100, 0]);
  });
});

/** Follows a list of moments and gives what came of each. */
function burstsOf(...moments: Partial<SessionStatusDocument>[][]) {
  let burst: Burst | null = null;
  return moments.map((sessions) => {
    const followed = followBurst(burst, sessions.map(sessionOf));
    burst = followed.burst;
    return followed;
  });
}

describe('followBurst()', () => {
  const done = { status: 'completed', progress: 100, processed_files: 1 } as const;

  it('ends once, with all that was seen at work', () => {
    const a = { session_id: 'a', total_files: 3 };
    const b = { session_id: 'b' };
    const endedB = { ...b, status: 'error', failed_files: 1 } as const;
    const endedA = { ...a, ...done, processed_files: 2, failed_files: 1 };
    const [, second, third, fourth] = burstsOf([a], [a, endedB, b], [endedA, endedB], [
      endedA,
      endedB,
    ]);
    expect(second?.ended).toBeNull();
    expect(summarise(third?.ended ?? [])).toEqual({
      ids: ['a', 'b'],
      knowledgeId: 'k1',
      lookAt: 'k1',
      ready: 2,
      failed: 2,
      cancelled: 0,
    });
    expect(fourth).toEqual({ burst: null, ended: null });
  });

  it('says nothing of what had ended before', () => {
    expect(burstsOf([{ ...done }], [{ ...done }]).map(({ ended }) => ended)).toEqual([null, null]);
  });

  it('counts what ended before anybody could see it at work', () => {
    const { ended } = followBurst(null, [sessionOf(done)], new Set(['s1']));
    expect(ended).toMatchObject([{ id: 's1', ready: 1 }]);
  });

  it('keeps what was put out of sight, and forgets what was cleared while at work', () => {
    const a = { session_id: 'a' };
    const b = { session_id: 'b' };
    const [, , , last] = burstsOf([a, b], [{ ...a, ...done }, b], [b], [{ ...b, ...done }]);
    expect(last?.ended?.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(burstsOf([a], [])[1]).toEqual({ burst: null, ended: null });
  });

  it('never moves the bar back, whatever joins, is retried or vanishes', () => {
    const moment = fc.array(
      fc.record({
        session_id: fc.constantFrom('a', 'b', 'c', 'd'),
        progress: fc.double({ min: 0, max: 100, noNaN: true }),
        total_files: fc.integer({ min: 0, max: 500 }),
        attempt: fc.integer({ min: 1, max: 3 }),
        status: fc.constantFrom('queued' as const, 'processing' as const, 'completed' as const),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(fc.property(fc.array(moment, { maxLength: 12 }), (moments) => {
      let burst: Burst | null = null;
      for (const sessions of moments) {
        const before: number = burst?.shown ?? 0;
        ({ burst } = followBurst(burst, sessions.map(sessionOf)));
        if (burst === null) continue;
        expect(burst.shown).toBeGreaterThanOrEqual(before);
        expect(burst.shown).toBeLessThanOrEqual(99);
      }
    }));
  });

  it('uses what is left of the bar for what is left to do', () => {
    const first = { session_id: 'a', progress: 80 };
    const more = { session_id: 'b', progress: 0, total_files: 9 };
    const [, joined, half] = burstsOf([first], [first, more], [
      { ...first, progress: 100 },
      { ...more, progress: 50 },
    ]);
    expect(joined?.burst?.shown).toBe(80);
    expect(half?.burst?.shown).toBeGreaterThan(85);
    expect(half?.burst?.shown).toBeLessThan(95);
  });
});

describe('describeSummary()', () => {
  it.each([
    [[12, 1, 0], '12 files ready, 1 failed'],
    [[1, 0, 0], '1 file ready'],
    [[0, 2, 0], '2 files failed'],
    [[0, 0, 3], '3 files cancelled'],
    [[0, 0, 0], '0 files ready'],
  ])('puts %j in one sentence', ([ready = 0, failed = 0, cancelled = 0], text) => {
    const summary = { ids: [], knowledgeId: null, lookAt: null, ready, failed, cancelled };
    expect(describeSummary(summary, englishMessages)).toBe(text);
  });
});

describe('a job of the app’s own', () => {
  const job = sessionOf({
    kind: 'job',
    job_kind: 'knowledge-report',
    title: 'Report',
    session_id: 'job',
  });
  const ended = (given: Partial<SessionStatusDocument>) => {
    const { burst } = followBurst(null, [job]);
    return summarise(followBurst(burst, [{ ...job, ...given }]).ended ?? []);
  };

  it('is told of by its title, and is no file', () => {
    const done = ended({ status: 'completed', processed_files: 1 });
    expect(describeSummary(done, englishMessages)).toBe('Report: done');
    expect(describeSummary(ended({ status: 'error' }), germanMessages)).toBe(
      'Bericht: fehlgeschlagen',
    );
    expect(describeSummary({ ...done, ready: 2 }, englishMessages)).toBe(
      '2 files ready. Report: done',
    );
  });

  it('is spoken of by its title', () => {
    const [subject] = subjectsOf([{ ...job, status: 'completed' }], 10);
    const said = describeAnnouncement(
      { kind: 'ended', subject: subject!, quarter: 0 },
      'Letters',
      englishMessages,
    );
    expect(said).toContain('Report: done');
  });
});

it.each<[Partial<Summary>, string]>([
  [{ ready: 3, failed: 1 }, 'failed'],
  [{ ready: 3, cancelled: 1 }, 'done'],
  [{ cancelled: 2 }, 'cancelled'],
  [{ jobs: [{ kind: 'digest', title: 'Report', status: 'cancelled' }] }, 'cancelled'],
  [{ ready: 1, jobs: [{ kind: 'digest', title: 'Report', status: 'error' }] }, 'failed'],
  [{}, 'done'],
])('an end %j has the tone “%s”', (given, tone) => {
  expect(toneOf({ ready: 0, failed: 0, cancelled: 0, ...given })).toBe(tone);
});

/** What is said, second by second. */
function saidOf(...moments: Partial<SessionStatusDocument>[][]): string[][] {
  let announced: Announced | null = null;
  return moments.map((sessions, second) => {
    const all = sessions.map(sessionOf);
    const next = announce(announced, subjectsOf(all, 10), second * 1_000);
    announced = next.announced;
    return next.announcements.map(({ kind, quarter }: Announcement) =>
      kind === 'quarter' ? `${quarter}` : kind
    );
  });
}

describe('announce()', () => {
  const at = (progress: number, phase: SessionStatusDocument['phase'] = 'extract') => [
    { progress, phase },
  ];

  it('says start, steps, quarters and end, in this order and once each', () => {
    const quiet = Array.from({ length: 4 }, () => at(1));
    const said = saidOf(
      [],
      at(0),
      ...quiet,
      at(1, 'transcribe'),
      ...quiet.map(() => at(2, 'transcribe')),
      at(26, 'transcribe'),
      ...quiet.map(() => at(40)),
      at(51),
      ...quiet.map(() => at(52)),
      at(77),
      ...quiet.map(() => at(99, 'index')),
      [{ status: 'completed', progress: 100 }],
      [{ status: 'completed', progress: 100 }],
    );
    expect(said.flat()).toEqual(['started', 'step', '25', '50', '75', 'step', 'ended']);
  });

  it('does not say what was under way when the page was opened', () => {
    expect(saidOf(at(60), at(61)).flat()).toEqual([]);
  });

  it('does not chatter: what comes too soon is left out, the end is not', () => {
    expect(saidOf([], at(0), at(30), at(60), [{ status: 'completed' }]).flat())
      .toEqual(['started', 'ended']);
  });

  it('speaks of a session anew when it is retried', () => {
    const ended = [{ status: 'error' as const }];
    expect(saidOf([], at(0), ended, [{ attempt: 2 }]).flat())
      .toEqual(['started', 'ended', 'started']);
  });

  it('speaks of many sessions as one', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ session_id: `s${index}` }));
    expect(saidOf([], many, many).flat()).toEqual(['started']);
  });

  it('is put in words', () => {
    const [subject] = subjectsOf([sessionOf({ phase: 'index', processed_files: 1 })], 0);
    const say = (kind: Announcement['kind'], messages = englishMessages) =>
      describeAnnouncement({ kind, subject: subject!, quarter: 50 }, 'Interviews', messages);
    expect([say('started'), say('step'), say('quarter'), say('ended')]).toEqual([
      'Interviews: work on 1 file has started',
      'Interviews: Indexing',
      'Interviews: 50% done',
      'Interviews: 1 file ready',
    ]);
    expect(say('quarter', germanMessages)).toBe('Interviews: 50\u00a0% geschafft');
  });
});
