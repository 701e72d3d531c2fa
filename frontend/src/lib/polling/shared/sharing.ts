/**
 * What tabs share a stream through: the browser's locks and channels, or what a test puts there.
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

/** Of tabs with the same code only: a page from before an update may speak otherwise. */
const PROTOCOL = 'headway-1';

export function channelName(identity: string): string {
  return `${PROTOCOL}:${identity}`;
}
