/**
 * Allowed addresses of webhooks: requests to this backend's own network are refused (SSRF).
 *
 * @module
 */
import { lookup as lookUp } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import ipaddr from 'ipaddr.js';

/** `public`: https to public addresses. `any`: http and private networks as well. */
export type Targets = 'public' | 'any';

/** Public addresses that lead to a provider's internal services from each of its machines. */
const METADATA = new Set(['168.63.129.16']);

/** The address is not an allowed target. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
  constructor(readonly reason: MessageDetails) {
    super(formatMessage(reason));
  }
}

/** True if the address is globally unique on the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'unicast' && !METADATA.has(parsed.toString());
}

/** Checks a URL without resolving its name. Throws {@link AddressError}. */
export function checkTarget(text: string, targets: Targets): URL {
  const url = URL.parse(text);
  const schemes = targets === 'any' ? ['https:', 'http:'] : ['https:'];
  if (!url || !schemes.includes(url.protocol)) {
    throw new AddressError(message('address_scheme', { http: targets === 'any' }));
  }
  if (url.username || url.password) {
    throw new AddressError(message('address_credentials'));
  }
  const host = hostOf(url);
  if (targets === 'public' && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host);
  url.hash = '';
  return url;
}

/** Without the brackets that an IPv6 address has in a URL. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

type Resolve = (host: string, done: (error: Error | null, found: LookupAddress[]) => void) => void;

const resolveAll: Resolve = (host, done) => lookUp(host, { all: true }, done);

/**
 * A look-up for a connection, which then uses the checked addresses: the name cannot resolve
 * differently between check and connection. One internal address refuses the name.
 */
export function guardedLookup(targets: Targets, resolve: Resolve = resolveAll): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, found) => {
      const [first] = found ?? [];
      const refused = targets === 'public' &&
        found?.some(({ address }) => !isPublicAddress(address));
      if (error || refused || !first) {
        const reason = error ?? (refused ? notPublic(host) : new Error(`No address: ${host}`));
        return done(reason, '', 0);
      }
      if (options.all) done(null, found);
      else done(null, first.address, first.family);
    });
  };
}

const notPublic = (host: string) => new AddressError(message('address_not_public', { host }));
