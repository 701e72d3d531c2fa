/**
 * Parameters shared by several routes.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Context } from 'hono';
import * as v from 'valibot';

/** Format of job ids. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const OPERATION_ID = /^[\x21-\x7e]{1,200}$/;

/** The header `Operation-Id`, or null. Throws {@link AppError} `invalid`. */
export function operationIdOf(c: Context): string | null {
  const id = c.req.header('operation-id') ?? null;
  if (id === null || OPERATION_ID.test(id)) return id;
  throw new AppError('invalid', message('invalid_operation_id'));
}

/** Schema of a whole number in a range, with a default. */
export function whole(
  least: number,
  most: number,
  fallback: number,
): v.OptionalSchema<v.GenericSchema<string, number>, string> {
  return v.optional(
    v.pipe(
      v.string(),
      v.maxLength(9),
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

/** Boolean parameter; see {@link isSet}. */
export const flag = v.optional(v.picklist(['true', 'false', '1', '0']));

export function isSet(value: v.InferOutput<typeof flag>, fallback: boolean): boolean {
  return value === undefined ? fallback : value === 'true' || value === '1';
}

/** Words to search for in names; empty matches all. */
export const words = v.optional(v.pipe(v.string(), v.maxLength(400)), '');

/** Sort order of a list; newest or last first by default. */
export const direction = v.optional(v.picklist(['asc', 'desc']), 'desc');
