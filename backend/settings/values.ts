/**
 * Schemas of values shared by several areas of the settings.
 *
 * @module
 */
import * as v from 'valibot';

const number = v.pipe(
  v.string(),
  v.transform(Number),
  v.finite('must be a number'),
  v.minValue(1, 'must be 1 or more'),
);

export const MB = 1024 * 1024;

/** A number of 1 or more. */
export const positive = (fallback: number): v.OptionalSchema<typeof number, string> =>
  v.optional(number, `${fallback}`);

/** A number of 1 or more without a default here. */
export const optional = v.optional(number);

export const words = v.optional(v.pipe(v.string(), v.trim(), v.minLength(1)));

export const httpUrl = v.optional(
  v.pipe(
    v.string(),
    v.check(
      (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
      'must begin with https:// or http://',
    ),
  ),
);

/** Items separated by commas or spaces. */
export const list = v.pipe(
  v.string(),
  v.transform((text) => text.split(/[\s,]+/).filter(Boolean)),
);
