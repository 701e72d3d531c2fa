/**
 * Public keys of the app's token issuer, fetched from its JWKS address (RFC 7517) and kept.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';

export interface KeySetOptions {
  /** Keys are fetched anew when they are older than this. @default 600_000 */
  readonly maxAgeMs?: number;
  /** A key that is not known is looked for at most this often. @default 30_000 */
  readonly cooldownMs?: number;
  /** After a failure it is not asked again for this long. @default 5_000 */
  readonly pauseMs?: number;
  /** @default 5_000 */
  readonly timeoutMs?: number;
  /** @default globalThis.fetch */
  readonly fetch?: typeof fetch;
  /** Milliseconds, of a clock that is never set. @default performance.now */
  readonly now?: () => number;
}

/**
 * Finds the key of a token. Throws jose's errors where the set has none for it, and
 * {@link AppError} `unavailable` where the set cannot be had: that says nothing about the token.
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
  // The library compares wall clocks: set back, it would keep the keys it has for as long.
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
