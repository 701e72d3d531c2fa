/**
 * A fresh database for each test file, copied from a template.
 *
 * @module
 */
import postgres from 'postgres';
import { inject } from 'vitest';

export interface TestDatabaseOptions {
  /** Copy this database instead of an empty one. */
  template?: string;
  /** Copy a database that has all our migrations. */
  migrated?: boolean;
}

export interface TestDatabase {
  url: string;
  sql: postgres.Sql;
  /** Closes `sql` and removes the database, whoever is still connected. */
  drop(): Promise<void>;
}

const MIGRATED = 'template_migrated';
/** Any number, the same in all test workers. */
const TEMPLATE_LOCK = 4_711;

/** For `beforeAll`; `afterAll` calls `drop`. */
export async function createTestDatabase(
  { template, migrated = false }: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const source = template ?? (migrated ? await migratedTemplate() : 'template0');
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  // Hundreds of small tables: copied as files they take half the processor time.
  await asAdmin((admin) =>
    admin`CREATE DATABASE ${admin(name)} TEMPLATE ${admin(source)} STRATEGY FILE_COPY`
  );
  const url = urlOf(name);
  const sql = postgres(url, { max: 5, onnotice: () => {} });
  const drop = async () => {
    await sql.end({ timeout: 1 });
    await asAdmin((admin) => admin`DROP DATABASE ${admin(name)} WITH (FORCE)`);
  };
  return { url, sql, drop };
}

let migratedOnce: Promise<string> | null = null;

/** Looked up once in each test worker. */
const migratedTemplate = () => migratedOnce ??= makeMigratedTemplate();

/** Made by whichever test worker comes first, under another name until it is complete. */
async function makeMigratedTemplate(): Promise<string> {
  await asAdmin(async (admin) => {
    await admin`SELECT pg_advisory_lock(${TEMPLATE_LOCK})`;
    const made = await admin`SELECT 1 FROM pg_database WHERE datname = ${MIGRATED}`;
    if (made.length > 0) return;
    const unfinished = `${MIGRATED}_unfinished`;
    await admin`DROP DATABASE IF EXISTS ${admin(unfinished)} WITH (FORCE)`;
    await admin`CREATE DATABASE ${admin(unfinished)} TEMPLATE template0`;
    const { migrate } = await import('../../backend/database/migrate.ts');
    await migrate(urlOf(unfinished));
    await admin`ALTER DATABASE ${admin(unfinished)} RENAME TO ${admin(MIGRATED)}`;
  });
  return MIGRATED;
}

/** One connection, closed afterwards; a lock it took ends with it. */
async function asAdmin<T>(use: (admin: postgres.Sql) => Promise<T>): Promise<T> {
  const admin = postgres(inject('databaseAdminUrl'), { max: 1, onnotice: () => {} });
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(inject('databaseAdminUrl'));
  url.pathname = `/${database}`;
  return url.href;
}
