/**
 * Verification of the app’s tokens.
 *
 * @module
 */
import * as v from 'valibot';
import { isShortSecret, SECRET_BYTES, type TokenOptions } from '../access/tokens.ts';
import { httpUrl, words } from './values.ts';

const yesOrNo = v.optional(v.picklist(['true', 'false'], 'must be true or false'), 'false');

export const TokenVariables = v.object({
  AUTH_SECRET: v.optional(v.pipe(v.string(), v.minLength(8, 'must have 8 characters or more'))),
  AUTH_ALLOW_SHORT_SECRET: yesOrNo,
  AUTH_REQUIRE_EXPIRY: yesOrNo,
  AUTH_JWKS_URL: httpUrl,
  AUTH_ISSUER: words,
  AUTH_AUDIENCE: words,
  AUTH_USER_CLAIM: words,
  AUTH_ROLE_CLAIM: words,
  AUTH_COOKIE: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'must be the name of a cookie'))),
});
type Given = v.InferOutput<typeof TokenVariables>;

const NEED_TOKENS = [
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'AUTH_USER_CLAIM',
  'AUTH_ROLE_CLAIM',
  'AUTH_COOKIE',
] as const;

export function conflictsOfTokens(settings: Given): string[] {
  const { AUTH_SECRET, AUTH_JWKS_URL } = settings;
  if (AUTH_SECRET && AUTH_JWKS_URL) return ['AUTH_SECRET and AUTH_JWKS_URL exclude each other'];
  if (AUTH_SECRET && isShortSecret(AUTH_SECRET) && settings.AUTH_ALLOW_SHORT_SECRET !== 'true') {
    return [
      `AUTH_SECRET must have ${SECRET_BYTES} bytes or more, since a shorter one can be guessed; ` +
      'where the app has such a secret and cannot change it, set AUTH_ALLOW_SHORT_SECRET=true',
    ];
  }
  if (AUTH_SECRET || AUTH_JWKS_URL) return [];
  return NEED_TOKENS.filter((name) => settings[name])
    .map((name) => `${name} needs AUTH_SECRET or AUTH_JWKS_URL`);
}

/** Null if all requests come from the local user. */
export function tokensOf(settings: Given): TokenOptions | null {
  if (!settings.AUTH_SECRET && !settings.AUTH_JWKS_URL) return null;
  return {
    secret: settings.AUTH_SECRET,
    ...(settings.AUTH_ALLOW_SHORT_SECRET === 'true' && { allowShortSecret: true }),
    ...(settings.AUTH_REQUIRE_EXPIRY === 'true' && { requireExpiry: true }),
    jwksUrl: settings.AUTH_JWKS_URL,
    issuer: settings.AUTH_ISSUER,
    audience: settings.AUTH_AUDIENCE,
    userClaim: settings.AUTH_USER_CLAIM,
    roleClaim: settings.AUTH_ROLE_CLAIM,
    cookie: settings.AUTH_COOKIE,
  };
}
