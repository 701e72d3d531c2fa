/**
 * Applied migrations of a database, and the known ones of this release. A release refuses tables of
 * a later one: its writes there may be wrong without an error.
 *
 * @module
 */
import type { DatabaseClient } from './client.ts';
import journal from '../../migrations/meta/_journal.json' with { type: 'json' };

/** Table of the applied migrations. */
export const APPLIED = { schema: 'headway_migrations', table: 'applied' } as const;

/** Time of a migration in the journal: this plus its number. */
const EPOCH = 1_795_000_000_000;

/** Number of the last migration of this release. */
export const KNOWN_VERSION: number = Math.max(...journal.entries.map(({ when }) => when)) - EPOCH;

/** Throws if a later release has changed the tables. */
export async function refuseNewerSchema(client: DatabaseClient): Promise<void> {
  const found = await readVersion(client);
  if (found === null || found <= KNOWN_VERSION) return;
  throw new Error(
    `The database was brought up to date by a later release of Headway: its schema has version ` +
      `${found}, this release knows up to ${KNOWN_VERSION}. Start that release again, or restore ` +
      `a backup that was made before the upgrade (docs/operations.md, "Going back to an earlier release")`,
  );
}

/** Number of the last applied migration; null if there is none. */
async function readVersion(client: DatabaseClient): Promise<number | null> {
  const name = `${APPLIED.schema}.${APPLIED.table}`;
  const { rows: [there] } = await client.run<{ there: boolean }>({
    text: 'select to_regclass($1) is not null as there',
    values: [name],
  });
  if (!there?.there) return null;
  const { rows: [last] } = await client.run<{ at: string | null }>({
    text: `select max(created_at)::text as at from ${name}`,
  });
  return last?.at ? Number(last.at) - EPOCH : null;
}
