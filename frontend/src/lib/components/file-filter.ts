/**
 * Filter and order of the file list, and their form in a URL.
 *
 * @module
 */
import { FILE_STATES } from '#contract/states.ts';
import { FILE_KINDS } from '#contract/kinds.ts';

export const FILTER_STATES = ['all', ...FILE_STATES] as const;
export const FILTER_KINDS = ['all', ...FILE_KINDS] as const;
export const FILTER_ORDERS = ['newest', 'name', 'size', 'state'] as const;

export interface FileFilter {
  /** Part of a name; also the query of the full-text search. */
  query: string;
  state: (typeof FILTER_STATES)[number];
  kind: (typeof FILTER_KINDS)[number];
  order: (typeof FILTER_ORDERS)[number];
}

export const NO_FILTER: FileFilter = { query: '', state: 'all', kind: 'all', order: 'newest' };

/** True if the filter restricts the list; the order does not count. */
export function isNarrowed({ query, state, kind }: FileFilter): boolean {
  return query.trim() !== '' || state !== 'all' || kind !== 'all';
}

/** Serializes a filter as URL parameters; defaults are left out. */
export function filterToParams(filter: FileFilter): URLSearchParams {
  const params = new URLSearchParams();
  if (filter.query.trim() !== '') params.set('q', filter.query.trim());
  for (const key of ['state', 'kind', 'order'] as const) {
    if (filter[key] !== NO_FILTER[key]) params.set(key, filter[key]);
  }
  return params;
}

/** Parses a filter from URL parameters; unknown values count as absent. */
export function filterFromParams(params: Pick<URLSearchParams, 'get'>): FileFilter {
  return {
    query: params.get('q')?.trim() ?? '',
    state: oneOf(FILTER_STATES, params.get('state')) ?? NO_FILTER.state,
    kind: oneOf(FILTER_KINDS, params.get('kind')) ?? NO_FILTER.kind,
    order: oneOf(FILTER_ORDERS, params.get('order')) ?? NO_FILTER.order,
  };
}

export function sameFilter(a: FileFilter, b: FileFilter): boolean {
  return `${filterToParams(a)}` === `${filterToParams(b)}`;
}

function oneOf<T extends string>(known: readonly T[], given: string | null): T | undefined {
  return known.find((each) => each === given);
}
