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
const SEPARATE = ['fetch', 'wakeTargets', 'now', 'random', 'isOnline'] as const;

const streams = new Set<SessionStream>();
/** One for this page, so that streams can be told apart by it. */
let ofBrowser: Sharing | null | undefined;

export interface Subscription {
  askNow(): void;
  end(): void;
}

/** Subscribes until `end()`. A poller with a transport of its own asks by itself. */
export function subscribe(options: PollingOptions, subscriber: Subscriber): Subscription {
  const identity = identityOf(options);
  const sharing = sharingOf(options);
  const stream = options.transport
    ? new SessionStream(options, identity, null)
    : find(options, identity, sharing) ?? new SessionStream(options, identity, sharing);
  if (!options.transport) streams.add(stream);
  stream.subscribe(subscriber);
  return {
    askNow: () => stream.askNow(),
    end() {
      stream.unsubscribe(subscriber);
      if (stream.idle) streams.delete(stream);
    },
  };
}

/** What to share through; null to ask for this tab alone. */
export function sharingOf(options: PollingOptions): Sharing | null {
  const { shared = !options.fetch, transport, sharing } = options;
  if (transport || !shared) return null;
  return sharing ?? (ofBrowser ??= browserSharing());
}

function find(
  options: PollingOptions,
  identity: string,
  sharing: Sharing | null,
): SessionStream | undefined {
  return [...streams].find((stream) =>
    stream.identity === identity && stream.sharing === sharing &&
    SEPARATE.every((key) => stream.options[key] === options[key])
  );
}
