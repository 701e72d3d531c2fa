/**
 * External knowledge bases of the host: their content is in another system, and they are read-only.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { readable } from './json.ts';

/** SQL: true if a `knowledge.meta` is that of an external knowledge base; never null. */
export const isExternal = (meta: SQL): SQL =>
  sql`(coalesce(${readable(meta)} ->> 'source', 'local') = 'external')`;
