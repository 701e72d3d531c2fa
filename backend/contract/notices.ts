/**
 * Notices: remarks on a completed file that was not read completely, or not reliably.
 *
 * @module
 */
import * as v from 'valibot';
import { formatClock } from './clock.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
/** 1-based numbers of pages, in order; the first {@link MOST_PAGES} of them. */
const pages = v.array(v.number());
/** Names of missing items; the first {@link MOST_NAMES} of them. */
const names = v.array(v.string());
const seconds = v.pipe(v.number(), v.minValue(0));

const message = v.pipe(v.string(), v.description('In English'));

const of = <C extends string, P extends v.ObjectEntries>(code: C, params: P) =>
  v.object({ code: v.literal(code), params: v.object(params), message });

/** A notice as the API returns it. */
export const NoticeDocument = v.variant('code', [
  of('pages_without_text', { count, pages }),
  of('pages_uncertain', {
    count,
    pages,
    confidence: v.pipe(v.number(), v.description('Lowest confidence of recognition, 0–100')),
  }),
  of('characters_undecodable', { count }),
  of('characters_doubtful', { count }),
  of('cells_without_value', { count }),
  of('cells_cut', { count }),
  of('parts_missing', { count, names }),
  of('attachments_left_out', { count, names }),
  of('recording_shorter', { expected_seconds: seconds, seconds }),
  of('recording_longer', { expected_seconds: seconds, seconds }),
  of('words_repeated', { count }),
  of('language_uncertain', {
    language: v.pipe(v.string(), v.description('BCP 47 tag of the language that it was read as')),
  }),
]);
export type NoticeDocument = v.InferOutput<typeof NoticeDocument>;

type WithoutMessage<D> = D extends NoticeDocument ? Pick<D, 'code' | 'params'> : never;
/** A remark and its subject. Notices of one code are merged: see {@link addNotices}. */
export type Notice = WithoutMessage<NoticeDocument>;
export type NoticeCode = Notice['code'];

/** Maximum number of pages in a notice. */
export const MOST_PAGES = 100;
/** Maximum number of names in a notice. */
export const MOST_NAMES = 20;

/** Merges new notices of a file into the earlier ones: one per code, ordered by code. */
export function addNotices(before: readonly Notice[], more: readonly Notice[]): Notice[] {
  const byCode = new Map<string, Notice>(before.map((notice) => [notice.code, notice]));
  for (const notice of more) byCode.set(notice.code, add(byCode.get(notice.code), notice));
  return [...byCode.values()].sort((a, b) => a.code < b.code ? -1 : 1);
}

type Params = Record<string, unknown>;

function add(before: Notice | undefined, { code, params }: Notice): Notice {
  const old: Params = before?.params ?? {};
  const sum = Object.entries(params).map(([key, value]) => [
    key,
    ADD[key]?.(old[key] as never, value as never) ?? value,
  ]);
  return { code, params: Object.fromEntries(sum) };
}

const union = <T>(most: number) => (before: readonly T[] = [], more: readonly T[]) =>
  [...new Set([...before, ...more])].slice(0, most);

/** Merge functions by parameter; other parameters are taken from the later notice. */
const ADD: Readonly<Record<string, (before: never, more: never) => unknown>> = {
  count: (before: number = 0, more: number) => before + more,
  confidence: (before: number = 100, more: number) => Math.min(before, more),
  pages: union<number>(MOST_PAGES),
  names: union<string>(MOST_NAMES),
};

/** Page ranges in human-readable form: `1, 3–5`; with `…` if `count` exceeds the listed pages. */
export function pageRanges(pages: readonly number[], count: number): string {
  const ranges: [number, number][] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && page <= last[1] + 1) last[1] = page;
    else ranges.push([page, page]);
  }
  const written = ranges.map(([from, to]) => from === to ? `${from}` : `${from}–${to}`);
  return [...written, ...count > pages.length ? ['…'] : []].join(', ');
}

const plural = (count: number, one: string, many: string) =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;

const listed = (names: readonly string[], count: number) =>
  names.length === 0 ? '' : `: ${names.join(', ')}${count > names.length ? ', …' : ''}`;

/** One text for each code. */
export type NoticeTexts = {
  readonly [C in NoticeCode]: (params: Extract<Notice, { code: C }>['params']) => string;
};

/** English texts, for the API and the pages. */
export const NOTICE_TEXTS: NoticeTexts = {
  pages_without_text: ({ count, pages }) =>
    `No text was found on ${plural(count, 'page', 'pages')} (${pageRanges(pages, count)})`,
  pages_uncertain: ({ count, pages, confidence }) =>
    `The text of ${plural(count, 'page', 'pages')} was recognised uncertainly ` +
    `(${pageRanges(pages, count)}; confidence down to ${Math.round(confidence)} %)`,
  characters_undecodable: ({ count }) =>
    `${plural(count, 'character', 'characters')} could not be decoded and ${
      count === 1 ? 'is' : 'are'
    } shown as “\uFFFD”`,
  characters_doubtful: ({ count }) =>
    `${plural(count, 'character looks', 'characters look')} wrongly decoded`,
  cells_without_value: ({ count }) =>
    `${plural(count, 'formula has', 'formulas have')} no stored value: open and save the file in ` +
    'its program, then upload it again',
  cells_cut: ({ count }) => `${plural(count, 'cell was', 'cells were')} cut`,
  parts_missing: ({ count, names }) =>
    `${plural(count, 'part', 'parts')} of the file could not be read${listed(names, count)}`,
  attachments_left_out: ({ count, names }) =>
    `${plural(count, 'attachment was', 'attachments were')} not read${listed(names, count)}`,
  recording_shorter: ({ expected_seconds, seconds }) =>
    `The recording ends after ${formatClock(seconds)}; its file says ${
      formatClock(expected_seconds)
    }`,
  recording_longer: ({ expected_seconds, seconds }) =>
    `The recording goes on until ${formatClock(seconds)}; its file says ${
      formatClock(expected_seconds)
    }`,
  words_repeated: ({ count }) =>
    `The transcript repeats itself in ${plural(count, 'place', 'places')}: listen to these again`,
  language_uncertain: ({ language }) =>
    `This may not be the language it was read as (${language}): choose its language and process ` +
    'it again',
};

/** The text of a notice. */
export function describeNotice(
  { code, params }: Notice,
  texts: NoticeTexts = NOTICE_TEXTS,
): string {
  return (texts[code] as (params: unknown) => string)(params);
}

/** Notices as the API returns them. */
export const noticeDocuments = (notices: readonly Notice[] | null): NoticeDocument[] =>
  (notices ?? []).map((notice) => ({ ...notice, message: describeNotice(notice) }));
