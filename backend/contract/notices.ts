/**
 * Notices: remarks on a completed file that was not read completely, or not reliably.
 *
 * @module
 */
import * as v from 'valibot';

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
