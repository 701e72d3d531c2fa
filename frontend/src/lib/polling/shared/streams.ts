/**
 * Finds the stream of a poller.
 *
 * @module
 */
import type { PollingOptions } from '../options.ts';
import type { Subscriber } from './audience.ts';
import { identityOf } from './identity.ts';
import { browserSharing, type Sharing } from './sharing.ts';
import { SessionStream } from './stream.ts';

/** Options in which pollers of one stream must agree. */
const SEPARATE = ['transport', 'fetch', 'wakeTargets', 'now', 'random', 'isOnline'] as const;

const streams = new Set<SessionStream>();
/** One object for this page, because streams are compared by it. */
let ofBrowser: Sharing | null | undefined;

/**
 * Returns the stream with a new subscriber, until `unsubscribe`. A poller with a transport of its
 * own has a stream of its own.
 */
export function join(options: PollingOptions, subscriber: Subscriber): SessionStream {
  const identity = identityOf(options);
  const sharing = sharingOf(options);
  let found: SessionStream | undefined;
  for (const stream of streams) {
    const isSame = stream.identity === identity && stream.sharing === sharing &&
      SEPARATE.every((key) => stream.options[key] === options[key]);
    if (stream.idle) streams.delete(stream);
    else if (isSame && !options.transport) found = stream;
  }
  const stream = found ?? new SessionStream(options, identity, sharing);
  streams.add(stream);
  stream.subscribe(subscriber);
  return stream;
}

/** Returns the means of sharing; null to poll for this tab alone. */
export function sharingOf(options: PollingOptions): Sharing | null {
  const { shared = !options.fetch, transport, sharing } = options;
  if (transport || !shared) return null;
  return sharing ?? (ofBrowser ??= browserSharing());
}
