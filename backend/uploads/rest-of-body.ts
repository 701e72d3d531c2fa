/**
 * The rest of a request's body, after the answer no longer depends on it.
 *
 * @module
 */

/**
 * Drops the rest. Call it before the answer is sent: the server then takes the bytes that still
 * come, so that a sender that writes before it reads finds the answer.
 */
export function discardRest(reader: { cancel(): Promise<void> }): void {
  // A body whose connection is gone has no rest.
  reader.cancel().catch(() => {});
}
