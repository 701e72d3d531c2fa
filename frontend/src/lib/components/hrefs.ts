/**
 * Targets of links. The package knows no router: the app passes them.
 *
 * @module
 */
import { parseClock } from '#contract/clock.ts';

/** A place inside a file: a part of a document, or seconds into a recording. */
export interface FilePlace {
  part?: number | undefined;
  t?: number | undefined;
  /** Text to mark there. */
  find?: string | undefined;
}

/** Characters of a text to mark. */
const LONGEST_FIND = 200;

export interface Hrefs {
  knowledge(knowledgeId: string): string;
  file(knowledgeId: string, fileId: string, place?: FilePlace): string;
  /** Reports over a knowledge base, or over one file of it; without it there are no links there. */
  report?(knowledgeId: string, fileId?: string): string;
}

export const defaultHrefs: Hrefs = {
  knowledge: (knowledgeId) => `/knowledge/${encodeURIComponent(knowledgeId)}`,
  file: (knowledgeId, fileId, { part, t, find } = {}) => {
    const base = `/knowledge/${encodeURIComponent(knowledgeId)}/files/${
      encodeURIComponent(fileId)
    }`;
    const place = [
      ...t === undefined ? [] : [['t', `${Math.round(t * 100) / 100}`]],
      ...t !== undefined || part === undefined ? [] : [['part', `${part + 1}`]],
      ...find ? [['find', find]] : [],
    ];
    return place.length === 0 ? base : `${base}?${new URLSearchParams(place)}`;
  },
  report: (knowledgeId, fileId) => {
    const base = fileId === undefined
      ? defaultHrefs.knowledge(knowledgeId)
      : defaultHrefs.file(knowledgeId, fileId);
    return `${base}/report`;
  },
};

/** The parts of a `URL` that are read. */
interface Address {
  readonly searchParams: Pick<URLSearchParams, 'get'>;
  readonly hash: string;
}

/**
 * The place that an address of {@link defaultHrefs} points to. A time or a page may also stand behind
 * the `#`, as in links to media and PDFs: `#t=1:02:03`, `#page=12`.
 */
export function placeOf({ searchParams, hash }: Address): FilePlace {
  const behind = new URLSearchParams(hash.slice(1));
  const t = parseClock(behind.get('t') ?? searchParams.get('t') ?? '');
  const part = behind.get('page') ?? behind.get('part') ?? searchParams.get('part') ?? '';
  const find = searchParams.get('find')?.trim().slice(0, LONGEST_FIND) || undefined;
  return { t, find, part: /^\d{1,9}$/.test(part) ? Math.max(0, Number(part) - 1) : undefined };
}
