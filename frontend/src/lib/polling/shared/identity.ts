/**
 * Who is asking whom: two tabs share answers only when this is equal.
 *
 * @module
 */
import type { PollingOptions } from '../options.ts';
import { tokenOf } from '../transport.ts';

/** Claims that differ between two tokens of the same person with the same rights. */
const PASSING_CLAIMS = ['iat', 'exp', 'nbf', 'jti', 'auth_time'];

/** A name that tells nothing of the token; equal for a token and the one that renews it. */
export function identityOf(options: PollingOptions): string {
  const { baseUrl = '', headers = {}, user } = options;
  return hash(JSON.stringify([baseUrl, headers, user ?? null, user ? '' : bearer(options)]));
}

function bearer(options: PollingOptions): unknown {
  const token = tokenOf(options) ?? '';
  try {
    const payload = token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    const claims = JSON.parse(atob(payload)) as Record<string, unknown>;
    for (const claim of PASSING_CLAIMS) delete claims[claim];
    return claims;
  } catch {
    return token;
  }
}

/** 64 bits of FNV-1a in two halves: a name, no secret. */
function hash(text: string): string {
  const half = (seed: number) => {
    let value = seed;
    for (let at = 0; at < text.length; at += 1) {
      value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
    }
    return (value >>> 0).toString(36);
  };
  return half(0x811c9dc5) + half(0x050c5d1f);
}
