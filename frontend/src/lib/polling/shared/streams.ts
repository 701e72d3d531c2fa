/**
 * Finds the stream that a poller belongs to.
 *
 * @module
 */
import type { PollingOptions } from '../options.ts';
import type { Subscriber } from './audience.ts';
import { identityOf } from './identity.ts';
import { browserSharing, type Sharing } from './sharing.ts';
import { SessionStream } from './stream.ts';

/** Pollers that differ in these cannot be asked for together. */
const SEPARATE = ['transport', 'fetch', 'wakeTargets', 'now', 'random', 'isOnline'] as const;

const streams = new Set<SessionStream>();
/** One for this page, so that streams can be told apart by it. */
let ofBrowser: Sharing | null | undefined;

/**
 * The stream with a new subscriber, until `unsubscribe`. A poller with a transport of its own asks by
 * itself.
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

/** What to share through; null to ask for this tab alone. */
export function sharingOf(options: PollingOptions): Sharing | null {
  const { shared = !options.fetch, transport, sharing } = options;
  if (transport || !shared) return null;
  return sharing ?? (ofBrowser ??= browserSharing());
}
