/**
 * Locks and channels through which tabs share a stream: the browser's, or a test's.
 *
 * @module
 */
/// <reference lib="dom" />

/** The part of `LockManager` that is used. */
export interface Locks {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    held: () => Promise<void>,
  ): Promise<void>;
}

/** The part of `BroadcastChannel` that is used. */
export interface Channel {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

export interface Sharing {
  readonly locks: Locks;
  readonly openChannel: (name: string) => Channel;
}

/** Null on a server, in an insecure context, in an old browser. */
export function browserSharing(): Sharing | null {
  const { document, navigator, BroadcastChannel } = globalThis;
  const locks = document && BroadcastChannel && navigator.locks as Locks | undefined;
  return locks ? { locks, openChannel: (name) => new BroadcastChannel(name) } : null;
}

/** Version of the messages: a page loaded before an update may use other ones. */
const PROTOCOL = 'headway-1';

export function channelName(identity: string): string {
  return `${PROTOCOL}:${identity}`;
}
