/**
 * A database as the existing app makes it: its tables, `json` columns, and rows of every shape that
 * was met in the wild. Headway has not been there yet.
 *
 * @module
 */
import { createTestDatabase, type TestDatabase } from './database.ts';
import { makeHostTables } from './host-tables.ts';

export { HOST_FILES, HOST_USER } from './host-tables.ts';

export interface HostOptions {
  /** Puts the tables there, on the `search_path` of `url`. @default 'public' */
  readonly schema?: string;
  /** Leaves these out, or changes the tables otherwise: SQL that runs after they are made. */
  readonly change?: string;
}

/** For `beforeAll`; `afterAll` calls `drop`. The rows are in the knowledge base `host`. */
export async function createHostDatabase(
  { schema = 'public', change = '' }: HostOptions = {},
): Promise<TestDatabase> {
  const database = await createTestDatabase();
  const url = new URL(database.url);
  if (schema !== 'public') url.searchParams.set('options', `-csearch_path=${schema}`);
  await database.sql.begin(async (tx) => {
    await tx.unsafe(`create schema if not exists ${schema}; set local search_path to ${schema}`);
    await makeHostTables(tx);
    await tx.unsafe(change);
  });
  return { ...database, url: url.href };
}
