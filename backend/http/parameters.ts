/**
 * Query parameters that several routes take.
 *
 * @module
 */
import * as v from 'valibot';

/** How ids of jobs look. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A whole number in a range, with a default. */
export function whole(
  least: number,
  most: number,
  fallback: number,
): v.OptionalSchema<v.GenericSchema<string, number>, string> {
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`),
      v.transform(Number),
      v.minValue(least, `must be ${least} or more`),
      v.maxValue(most, `must be ${most} or less`),
    ),
    `${fallback}`,
  );
}

/** Pages are counted from 1. */
export const pageNumber: ReturnType<typeof whole> = whole(1, 1_000_000, 1);
