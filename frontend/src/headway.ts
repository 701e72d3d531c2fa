/**
 * State shared by all pages of this app: one client, one upload queue, one set of live sessions.
 *
 * @module
 */
import {
  createHeadwayClient,
  createUploads,
  Notifications,
  rememberDismissed,
  Sessions,
} from '$lib/index.ts';

export const client = createHeadwayClient();
export const uploads = createUploads(client);
/** Every session this user may see; `sessions.of(knowledgeId)` gives a page its subset. */
export const sessions = new Sessions(client, null, { dismissed: rememberDismissed() });
export const notifications = new Notifications(client);
