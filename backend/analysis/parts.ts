/**
 * The text in a result: pages of documents, phrases of recordings.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import * as v from 'valibot';
import { storable } from '../database/json.ts';

const Phrase = v.object({
  startTimeMs: v.number(),
  endTimeMs: v.number(),
  text: v.string(),
});
const Content = v.object({
  kind: v.nullish(v.string()),
  markdown: v.nullish(v.string()),
  pages: v.nullish(v.array(v.unknown())),
  transcriptPhrases: v.nullish(v.array(Phrase)),
});
const Result = v.object({ contents: v.array(Content) });

/** Separator of pages. */
const PAGE_BREAK = /\s*<!--\s*PageBreak\s*-->\s*/i;
/** Page numbers, headers and footers, which are no text of the page. */
const PAGE_MARKS = /<!--\s*Page(Number|Header|Footer)\s*=[^>]*-->\s*/gi;

/** The parts in their order; empty if there is no text. Throws {@link v.ValiError}. */
export function partsOf(result: unknown): Part[] {
  const parts = v.parse(Result, result).contents.flatMap(partsOfContent);
  // An empty page counts as a page: those after it keep their numbers.
  const kept = parts.filter(({ kind, text }) => kind === 'page' || text !== '');
  return kept.some(({ text }) => text !== '')
    ? kept.map((part, index) => ({ ...part, index }))
    : [];
}

function partsOfContent(content: v.InferOutput<typeof Content>): Part[] {
  const phrases = content.transcriptPhrases ?? [];
  if (phrases.length > 0) return phrases.map(segmentOf);
  const kind = content.pages?.length ? 'page' : 'section';
  return (content.markdown ?? '').split(PAGE_BREAK).map((text) => ({
    index: 0,
    kind,
    label: null,
    text: clean(text.replace(PAGE_MARKS, '')),
    start: null,
    end: null,
  }));
}

function segmentOf({ startTimeMs, endTimeMs, text }: v.InferOutput<typeof Phrase>): Part {
  const start = startTimeMs / 1000;
  const end = Math.max(start, endTimeMs / 1000);
  return { index: 0, kind: 'segment', label: null, text: clean(text), start, end };
}

const clean = (text: string) => storable(text).trim();
