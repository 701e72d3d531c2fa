/**
 * Filters as an address's query, so that a link or a reload shows the same. Pure.
 *
 * @module
 */

/** For each filter its possible values, or `text` for words that somebody types. */
export type FilterShape = Readonly<Record<string, readonly string[] | 'text'>>;

/** Filters of a shape; what is not set is absent. */
export type Filters<S extends FilterShape> = {
  [K in keyof S]?: S[K] extends readonly (infer V)[] ? V : string;
};

const LONGEST = 200;

/** Reads filters; what an address says wrongly is left out. */
export function readFilters<S extends FilterShape>(
  shape: S,
  query: Pick<URLSearchParams, 'get'>,
): Filters<S> {
  const found = Object.entries(shape).flatMap(([key, values]) => {
    const value = query.get(key)?.trim().slice(0, LONGEST) ?? '';
    const known = values === 'text' ? value !== '' : values.includes(value);
    return known ? [[key, value]] : [];
  });
  return Object.fromEntries(found) as Filters<S>;
}

/** The query of an address, without a question mark; the same filters are always the same text. */
export function writeFilters<S extends FilterShape>(shape: S, filters: Filters<S>): string {
  const given = Object.keys(shape).flatMap((key) => {
    const value = (filters[key] as string | undefined)?.trim();
    return value ? [[key, value]] : [];
  });
  return new URLSearchParams(given).toString();
}

/** Filters with one of them set, or taken away. */
export function withFilter<S extends FilterShape, K extends keyof S>(
  filters: Filters<S>,
  key: K,
  value: string | undefined,
): Filters<S> {
  const { [key]: _old, ...others } = filters;
  return (value ? { ...others, [key]: value } : others) as Filters<S>;
}
