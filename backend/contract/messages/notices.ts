/**
 * Texts of notices, in English.
 *
 * @module
 */
import { formatClock } from '../clock.ts';
import type { Notice, NoticeDocument } from '../notices.ts';
import { plural } from './numbers.ts';

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

/** `: a, b`; with `…` if `count` exceeds the names; nothing without names. */
export const listed = (names: readonly string[], count: number): string =>
  names.length === 0 ? '' : `: ${names.join(', ')}${count > names.length ? ', …' : ''}`;

/** One text for each code. */
export type NoticeTexts = {
  readonly [C in Notice['code']]: (params: Extract<Notice, { code: C }>['params']) => string;
};

/** English texts, for the API and the pages. */
export const noticesEnglish: NoticeTexts = {
  pages_without_text: ({ count, pages }) =>
    `No text was found on ${plural(count, 'page')} (${pageRanges(pages, count)})`,
  pages_uncertain: ({ count, pages, confidence }) =>
    `The text of ${plural(count, 'page')} was recognised uncertainly ` +
    `(${pageRanges(pages, count)}; confidence down to ${Math.round(confidence)} %)`,
  characters_undecodable: ({ count }) =>
    `${plural(count, 'character')} could not be decoded and ${
      count === 1 ? 'is' : 'are'
    } shown as “\uFFFD”`,
  characters_doubtful: ({ count }) =>
    `${plural(count, 'character looks', 'characters look')} wrongly decoded`,
  cells_without_value: ({ count }) =>
    `${plural(count, 'formula has', 'formulas have')} no stored value: open and save the file in ` +
    'its program, then upload it again',
  cells_cut: ({ count }) => `${plural(count, 'cell was', 'cells were')} cut`,
  parts_missing: ({ count, names }) =>
    `${plural(count, 'part')} of the file could not be read${listed(names, count)}`,
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
    `The transcript repeats itself in ${plural(count, 'place')}: listen to these again`,
  language_uncertain: ({ language }) =>
    `This may not be the language it was read as (${language}): choose its language and process ` +
    'it again',
};

/** The text of a notice. */
export function describeNotice(
  { code, params }: Notice,
  texts: NoticeTexts = noticesEnglish,
): string {
  return (texts[code] as (params: unknown) => string)(params);
}

/** Notices as the API returns them. */
export const noticeDocuments = (notices: readonly Notice[] | null): NoticeDocument[] =>
  (notices ?? []).map((notice) => ({ ...notice, message: describeNotice(notice) }));
