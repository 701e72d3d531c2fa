/**
 * Public keys of the app's token issuer, fetched from its JWKS address (RFC 7517) and cached.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';

export interface KeySetOptions {
  /** Maximum age of the keys before they are fetched again, milliseconds. @default 600_000 */
  readonly maxAgeMs?: number;
  /** Minimum interval between fetches for an unknown key, milliseconds. @default 30_000 */
  readonly cooldownMs?: number;
  /** Pause between fetches after a failure, milliseconds. @default 5_000 */
  readonly pauseMs?: number;
  /** @default 5_000 */
  readonly timeoutMs?: number;
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch;
  /** Monotonic clock, milliseconds. @default performance.now */
  readonly now?: () => number;
}

/**
 * Finds the key of a token. Throws jose's errors if the set has none for it, and {@link AppError}
 * `unavailable` if the set cannot be fetched: that is no statement about the token.
 */
export function createKeySet(url: string, options: KeySetOptions = {}): JWTVerifyGetKey {
  const { maxAgeMs = 600_000, cooldownMs = 30_000, timeoutMs = 5_000, pauseMs = 5_000 } = options;
  const { fetch: get = globalThis.fetch, now = () => performance.now() } = options;
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [customFetch]: (address, init) => {
      fetchedAt = now();
      return get(address, init);
    },
  });
  let fetchedAt = -Infinity;
  let failedAt = -Infinity;
  const isOlder = (ms: number) => fetchedAt > -Infinity && now() - fetchedAt >= ms;
  // The library compares wall clocks: after a clock is set back, it would keep its keys for as
  // long.
  const find: JWTVerifyGetKey = async (header, token) => {
    if (isOlder(maxAgeMs)) await keys.reload();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !isOlder(cooldownMs)) throw error;
      await keys.reload();
      return await keys(header, token);
    }
  };
  return async (header, token) => {
    const isStale = !keys.fresh || isOlder(maxAgeMs);
    if (isStale && now() - failedAt < pauseMs) throw unavailable(pauseMs);
    try {
      return await find(header, token);
    } catch (cause) {
      if (isAboutToken(cause)) throw cause;
      failedAt = now();
      throw unavailable(pauseMs, cause);
    }
  };
}

function isAboutToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported;
}

function unavailable(pauseMs: number, cause?: unknown): AppError {
  const options = { cause, retryAfterSeconds: pauseMs / 1000 };
  return new AppError('unavailable', message('identity_unchecked'), options);
}
