/**
 * Messages as values of statements: `jsonb` columns hold them.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import { type SQL, sql } from 'drizzle-orm';
import { storableJson } from './json.ts';

/** SQL: a message, or null. */
export const messageValue = (message: MessageDetails | null): SQL =>
  sql`${message === null ? null : storableJson(message)}::text::jsonb`;
