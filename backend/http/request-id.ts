/**
 * Request ids: each response carries one, so that a user can report which request failed.
 *
 * @module
 */

const GIVEN = /^[\w.-]{1,64}$/;

/**
 * Prefix of a counter: generating a random id for each poll takes longer than finding its response.
 * Short enough to read out, and cheap to validate and send: the cost of a header grows with its
 * length.
 */
const PROCESS = (crypto.getRandomValues(new Uint32Array(1))[0]! % 36 ** 6)
  .toString(36).padStart(6, '0');
let made = 0;

/** Returns the id sent with the request if it is valid, otherwise a new one. */
export function requestIdOf(given: string | null | undefined): string {
  return given && GIVEN.test(given) ? given : `${PROCESS}-${(++made).toString(36)}`;
}
