/**
 * What all pages of this app share: one client, one queue of uploads, one set of live sessions.
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
/** Of everything this user may see; a page takes its share by `sessions.of(knowledgeId)`. */
export const sessions = new Sessions(client, null, { dismissed: rememberDismissed() });
export const notifications = new Notifications(client);
