/**
 * Subscribes to sessions that another tab, or another part of this page, has begun to follow.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingOptions } from '../options.ts';
import type { Message } from './crew.ts';
import { identityOf } from './identity.ts';
import { type Channel, channelName } from './sharing.ts';
import { sharingOf } from './streams.ts';

/**
 * Calls `onSession` for every change of a session that any tab of this browser and user follows,
 * until the returned function is called. Sends no requests.
 */
export function hearSessions(
  options: PollingOptions,
  onSession: (session: SessionStatusDocument) => void,
): () => void {
  let channel: Channel | undefined;
  try {
    channel = sharingOf(options)?.openChannel(channelName(identityOf(options)));
  } catch {
    // Storage may be blocked, and channels with it.
  }
  if (channel) {
    channel.onmessage = ({ data }) => {
      const message = data as Message;
      if (message.type !== 'round') return;
      for (const { document } of message.round.entries.values()) {
        if (document) onSession(document);
      }
    };
  }
  return () => channel?.close();
}
