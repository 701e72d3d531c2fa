/**
 * Brings a database up to date with the numbered SQL of `migrations/`.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));
/** Any fixed number: processes that start at once take turns on it. */
const LOCK = 727_364_001;

/** Applies what is missing, in one transaction, once, however many processes start together. */
export async function migrate(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`select pg_advisory_lock(${LOCK})`;
    await applyMigrations(drizzle(sql), {
      migrationsFolder: FOLDER,
      migrationsSchema: 'headway_migrations',
      migrationsTable: 'applied',
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
