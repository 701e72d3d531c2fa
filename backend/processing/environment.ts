/**
 * Failures of the environment: no file is at fault, and they last until an operator, or the system,
 * puts them right.
 *
 * @module
 */
import type { Environment } from '#contract/messages/work.ts';
import { storageFailureOf } from '#contract/storage-failure.ts';

/**
 * `storage_full`, `storage_denied`: of the worker's folders; `memory`: of the machine; `rows_locked`:
 * by a transaction of the app; `rows_refused`: by a trigger or rule of the app's tables.
 */
export const ENVIRONMENT_FAILURES = [
  'storage_full',
  'storage_denied',
  'memory',
  'network',
  'database',
  'rows_locked',
  'rows_refused',
] as const satisfies readonly Environment[];
export type EnvironmentFailure = Environment;

/** A failure of the environment, as a child process reports it. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  constructor(readonly failure: EnvironmentFailure, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Codes of the system and SQLSTATEs. */
const MEMORY = /^(ENOMEM|EMFILE|ENFILE|53200)$/;
const NETWORK =
  /^(ECONN\w*|EPIPE|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EAI_AGAIN|ETIMEDOUT|TimeoutError|NetworkingError)$/;
const MOST_CAUSES = 10;

/** The failure of the environment behind an error; null for any other error. */
export function environmentFailureOf(error: unknown): EnvironmentFailure | null {
  const storage = storageFailureOf(error);
  if (storage) return storage === 'full' ? 'storage_full' : 'storage_denied';
  for (let at = error, depth = 0; at instanceof Error && depth < MOST_CAUSES; depth++) {
    if (at instanceof EnvironmentError) return at.failure;
    const known = byCode(at);
    if (known) return known;
    at = at.cause;
  }
  return null;
}

function byCode(error: Error & { readonly code?: unknown }): EnvironmentFailure | null {
  const keys = [error.code, error.name].map(String);
  if (keys.some((key) => MEMORY.test(key))) return 'memory';
  return keys.some((key) => NETWORK.test(key)) || isFetchFailure(error) ? 'network' : null;
}

/** Deno gives `fetch` failures no code. */
const isFetchFailure = ({ name, message }: Error): boolean =>
  name === 'TypeError' && /^(error sending request|fetch failed)/i.test(message);
