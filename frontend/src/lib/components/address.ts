/**
 * Filters as a URL query, so that a link or a reload restores them. Pure.
 *
 * @module
 */

/** Possible values of each filter, or `text` for free text. */
export type FilterShape = Readonly<Record<string, readonly string[] | 'text'>>;

/** Filters of a shape; unset ones are absent. */
export type Filters<S extends FilterShape> = {
  [K in keyof S]?: S[K] extends readonly (infer V)[] ? V : string;
};

const LONGEST = 200;

/** Parses filters; invalid values are left out. */
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

/** Serializes filters as a query without a question mark; equal filters give equal text. */
export function writeFilters<S extends FilterShape>(shape: S, filters: Filters<S>): string {
  const given = Object.keys(shape).flatMap((key) => {
    const value = (filters[key] as string | undefined)?.trim();
    return value ? [[key, value]] : [];
  });
  return new URLSearchParams(given).toString();
}

/** Returns the filters with one of them set or removed. */
export function withFilter<S extends FilterShape, K extends keyof S>(
  filters: Filters<S>,
  key: K,
  value: string | undefined,
): Filters<S> {
  const { [key]: _old, ...others } = filters;
  return (value ? { ...others, [key]: value } : others) as Filters<S>;
}
