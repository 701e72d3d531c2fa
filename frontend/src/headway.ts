/**
 * What all pages of this app share: one client, one queue of uploads.
 *
 * @module
 */
import { createHeadwayClient, createUploads } from '$lib/index.ts';

export const client = createHeadwayClient();
export const uploads = createUploads(client);
