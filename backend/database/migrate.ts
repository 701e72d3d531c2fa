/**
 * Brings a database up to date with the numbered SQL of `migrations/`.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import { UNLIMITED, withClient } from './client.ts';
import { type HostSchema, inspectHostSchema, type Query } from './host-schema.ts';
import { asDriver } from './orm.ts';
import { refuseTransactionPooler } from './pooler.ts';
import { APPLIED, refuseNewerSchema } from './schema-version.ts';

const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../../migrations', import.meta.url)),
  migrationsSchema: APPLIED.schema,
  migrationsTable: APPLIED.table,
};
/** Any fixed number: concurrent starts serialize on it. */
const LOCK = 727_364_001;

/**
 * Applies missing migrations, in one transaction, once, however many processes start together.
 * Returns the earlier state of the app's tables.
 *
 * @throws Error with a sentence for people if this release may not work on the database, or if the
 * app's tables are incomplete or unfit for Headway
 */
export async function migrate(url: string): Promise<HostSchema> {
  await refuseTransactionPooler(url);
  return await withClient(url, { name: 'headway-migrate', ...UNLIMITED }, async (client) => {
    const query: Query = async (text, values = []) =>
      (await client.run({ text, values: [...values] })).rows as never;
    await client.run({ text: 'select pg_advisory_lock($1)', values: [LOCK] });
    await refuseNewerSchema(client);
    const host = await inspectHostSchema(query);
    if (host.exists) await passOverHostTables(query);
    await applyMigrations(drizzle(asDriver((statement) => client.run(statement))), MIGRATIONS);
    return host;
  });
}

/**
 * Checks a database that another process has migrated.
 *
 * @throws Error with a sentence for people if this release may not work on it
 */
export async function refuseUnusable(url: string): Promise<void> {
  await refuseTransactionPooler(url);
  await withClient(url, { name: 'headway-check' }, refuseNewerSchema);
}

/**
 * Records the migration that creates the app's tables as applied, in the migrator's own table:
 * `if not exists` checks one schema, while statements use the whole search path.
 */
async function passOverHostTables(query: Query): Promise<void> {
  const [first] = readMigrationFiles(MIGRATIONS);
  if (!first) throw new Error(`There are no migrations in ${MIGRATIONS.migrationsFolder}`);
  await query('create schema if not exists headway_migrations');
  await query(`create table if not exists headway_migrations.applied
    (id serial primary key, hash text not null, created_at bigint)`);
  await query(
    `insert into headway_migrations.applied (hash, created_at) select $1, $2::bigint
     where not exists (select 1 from headway_migrations.applied)`,
    [first.hash, first.folderMillis],
  );
}
