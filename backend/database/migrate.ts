/**
 * Brings a database up to date with the numbered SQL of `migrations/`.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import { UNLIMITED, withClient } from './client.ts';
import { asDriver } from './orm.ts';
import { refuseTransactionPooler } from './pooler.ts';
import { APPLIED, refuseNewerSchema } from './schema-version.ts';

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));
/** Any fixed number: processes that start at once take turns on it. */
const LOCK = 727_364_001;

/**
 * Applies what is missing, in one transaction, once, however many processes start together.
 *
 * @throws Error with a sentence for people where this release may not work on the database
 */
export async function migrate(url: string): Promise<void> {
  await refuseTransactionPooler(url);
  await withClient(url, { name: 'headway-migrate', ...UNLIMITED }, async (client) => {
    await client.run({ text: 'select pg_advisory_lock($1)', values: [LOCK] });
    await refuseNewerSchema(client);
    await applyMigrations(drizzle(asDriver((statement) => client.run(statement))), {
      migrationsFolder: FOLDER,
      migrationsSchema: APPLIED.schema,
      migrationsTable: APPLIED.table,
    });
  });
}

/**
 * Checks a database that another process has migrated.
 *
 * @throws Error with a sentence for people where this release may not work on it
 */
export async function refuseUnusable(url: string): Promise<void> {
  await refuseTransactionPooler(url);
  await withClient(url, { name: 'headway-check' }, refuseNewerSchema);
}
