/**
 * A release on a database that a later release has changed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAdmin } from '../../../backend/admin/run.ts';
import { readConfig } from '../../../backend/config.ts';
import { migrate } from '../../../backend/database/migrate.ts';
import { KNOWN_VERSION } from '../../../backend/database/schema-version.ts';
import { createHeadway, startHeadwayWorker } from '../../../backend/mod.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  dataDir = await Deno.makeTempDir({ prefix: 'headway-version-' });
  database = await createTestDatabase({ migrated: true });
});
afterAll(async () => {
  await database.drop();
  await Deno.remove(dataDir, { recursive: true });
});

test('a schema of this release is taken, one of a later release is refused by every program', async () => {
  await migrate(database.url);
  const later = KNOWN_VERSION + 3;
  await database.sql`insert into headway_migrations.applied (hash, created_at)
    values ('later', ${1_795_000_000_000 + later})`;
  const refusal = new RegExp(
    `schema has version ${later}, this release knows up to ${KNOWN_VERSION}.*Start that release`,
  );
  const place = { databaseUrl: database.url, dataDir };
  await expect(migrate(database.url)).rejects.toThrow(refusal);
  await expect(createHeadway(place)).rejects.toThrow(refusal);
  await expect(startHeadwayWorker(place)).rejects.toThrow(refusal);
  const complaints: string[] = [];
  const code = await runAdmin(
    ['status'],
    () => readConfig({ DATABASE_URL: database.url, DATA_DIR: dataDir }),
    { print: () => {}, complain: (text) => complaints.push(text) },
  );
  expect([code, complaints.join('\n')]).toEqual([1, expect.stringMatching(refusal)]);
});
