/**
 * Every answer names its request, so that a person can tell an operator which one failed.
 *
 * @module
 */

const GIVEN = /^[\w.-]{1,64}$/;

/** The id that came with a request, where it can be one, or a new one. */
export function requestIdOf(given: string | null | undefined): string {
  return given && GIVEN.test(given) ? given : crypto.randomUUID();
}
