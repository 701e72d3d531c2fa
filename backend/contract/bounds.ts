/**
 * Maxima of request contents: every text and every list has one.
 *
 * @module
 */
import * as v from 'valibot';

/** Maximum characters of an id; the app's own have 36. */
export const MOST_ID_LENGTH = 200;

export const Id = v.pipe(v.string(), v.maxLength(MOST_ID_LENGTH));

type Item = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;

/**
 * A list of at most `most` items. The length is checked first, so that a longer list costs nothing.
 */
export function listOf<const S extends Item>(
  item: S,
  most: number,
): v.SchemaWithPipe<
  readonly [
    v.ArraySchema<S, undefined>,
    v.MaxLengthAction<v.InferOutput<S>[], number, undefined>,
  ]
> {
  const whole = v.pipe(v.array(item), v.maxLength(most));
  const length = v.pipe(v.array(v.unknown()), v.maxLength(most));
  return {
    ...whole,
    '~run'(dataset, config) {
      const isLong = Array.isArray(dataset.value) && dataset.value.length > most;
      return (isLong ? length : whole)['~run'](dataset, config) as ReturnType<
        typeof whole['~run']
      >;
    },
  };
}

/** True if a JSON value has at most `levels` levels of lists and objects. */
export function isFlatterThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isFlatterThan(inner, levels - 1));
}
