/**
 * Checks the app's tables before any migration. Headway creates them in a database without any. If
 * some exist, it never creates one: the app's own migrations would find it and skip their work for
 * a new table, such as copying links.
 *
 * @module
 */

/** Runs one statement on the connection that holds the lock of the migrations. */
export type Query = <T extends object>(text: string, values?: readonly unknown[]) => Promise<T[]>;

/** Columns of the app's tables that Headway reads or writes. */
export const HOST_TABLES: Readonly<Record<string, readonly string[]>> = {
  user: ['id', 'name', 'email', 'role'],
  group: ['id', 'name'],
  group_member: ['group_id', 'user_id'],
  access_grant: [
    'id',
    'resource_type',
    'resource_id',
    'principal_type',
    'principal_id',
    'permission',
    'created_at',
  ],
  knowledge: ['id', 'user_id', 'name', 'description', 'meta', 'created_at', 'updated_at'],
  file: [
    'id',
    'user_id',
    'hash',
    'filename',
    'path',
    'data',
    'meta',
    'created_at',
    'updated_at',
  ],
  knowledge_file: ['id', 'knowledge_id', 'file_id', 'user_id', 'created_at', 'updated_at'],
};

/** Tables into which Headway inserts rows: columns unknown to it need a default. */
const INSERTED = ['access_grant', 'knowledge', 'file', 'knowledge_file'];

/** Tested versions of the app. */
export const TESTED_VERSIONS = '0.8 to 0.11';

/**
 * Revisions of the app's migrations in {@link TESTED_VERSIONS}, oldest first: `version_num` of
 * `alembic_version`. They begin with the one that creates `access_grant`, which Headway needs.
 */
export const TESTED_REVISIONS: ReadonlySet<string> = new Set([
  // 0.8
  'f1e2d3c4b5a6',
  'a1b2c3d4e5f6',
  'b2c3d4e5f6a7',
  // 0.9
  'a3dd5bedd151',
  'd4e5f6a7b8c9',
  'b7c8d9e0f1a2',
  'e1f2a3b4c5d6',
  'c1d2e3f4a5b6',
  '56359461a091',
  '4de81c2a3af1',
  'a0b1c2d3e4f5',
  '3c9b0ca343fd',
  '461111b60977',
  // 0.10
  '3ff2c63645b8',
  '4c5ce3d2f27f',
  '7b3f2a9c1d4e',
  '42e2978c7933',
  // 0.11
  '55f1302ac17c',
  '959eaac8f909',
  'f0bd01a18a3d',
  '1ce6ade7d93b',
]);

export interface HostSchema {
  /** True if the app's tables exist; otherwise Headway creates them. */
  readonly exists: boolean;
  /** Revision of the app's migrations; null if it has none. */
  readonly revision: string | null;
  /** Possible problems with this version of the app. */
  readonly warnings: readonly string[];
}

/** The app's tables do not allow Headway to start. */
export class UnfitHostSchema extends Error {
  override readonly name = 'UnfitHostSchema';
}

interface Found {
  readonly name: string;
  readonly schema: string;
  readonly columns: readonly string[];
  /** NOT NULL columns without a default. */
  readonly required: readonly string[];
}

/**
 * Inspects the app's tables as statements find them, by the search path. Throws {@link
 * UnfitHostSchema} with a list of the missing ones and the remedy.
 */
export async function inspectHostSchema(query: Query): Promise<HostSchema> {
  const found = await findTables(query);
  const home = found.find(({ name }) => name === 'knowledge') ?? found[0];
  if (!home) {
    await expectNoOtherTraces(query);
    return { exists: false, revision: null, warnings: [] };
  }
  const missing = missingFrom(found, home.schema);
  if (missing.length === 0 && !(await hasUniqueLink(query))) {
    missing.push('a unique constraint on knowledge_file (knowledge_id, file_id)');
  }
  if (missing.length > 0) throw new UnfitHostSchema(refusal(home.schema, missing));
  const revision = await readRevision(query);
  return { exists: true, revision, warnings: warningsOf(found, home.schema, revision) };
}

function missingFrom(found: readonly Found[], schema: string): string[] {
  return Object.entries(HOST_TABLES).flatMap(([name, columns]) => {
    const table = found.find((one) => one.name === name && one.schema === schema);
    if (!table) return [`table ${name}`];
    return columns.filter((column) => !table.columns.includes(column))
      .map((column) => `column ${name}.${column}`);
  });
}

function refusal(schema: string, missing: readonly string[]): string {
  return [
    `The schema "${schema}" of this database has some of the app's tables, and not all that Headway needs.`,
    'Missing:',
    ...missing.map((what) => `  - ${what}`),
    `Headway does not create them beside the app's own: update the app to a supported version ` +
    `(${TESTED_VERSIONS}) and start it once, so that its migrations make them. If these tables ` +
    'are not those of the app, give Headway a database of its own.',
  ].join('\n');
}

async function findTables(query: Query): Promise<Found[]> {
  return await query<Found>(
    `select c.relname::text as name, n.nspname::text as schema,
       array_agg(a.attname::text) as columns,
       coalesce(array_agg(a.attname::text) filter (where a.attnotnull and not a.atthasdef
         and a.attidentity = '' and a.attgenerated = ''), '{}') as required
     from unnest($1::text[]) as wanted (name)
     join pg_class c on c.oid = to_regclass(quote_ident(wanted.name))
     join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname not in ('pg_catalog', 'information_schema') group by 1, 2`,
    [Object.keys(HOST_TABLES)],
  );
}

/**
 * Throws if tables of the app are in a schema outside of the search path, if its migrations were
 * begun, or if Headway had its tables before.
 */
async function expectNoOtherTraces(query: Query): Promise<void> {
  const [elsewhere] = await query<{ schema: string }>(
    `select n.nspname::text as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and c.relname in ('knowledge', 'knowledge_file', 'file')
       and n.nspname !~ '^(pg_|headway|information_schema)'
     group by 1 having count(*) > 1 order by 1 limit 1`,
  );
  if (elsewhere) {
    throw new UnfitHostSchema(
      `The app's tables are in the schema "${elsewhere.schema}", which is not on the search path: ` +
        `add ?options=-csearch_path%3D${encodeURIComponent(elsewhere.schema)} to DATABASE_URL`,
    );
  }
  if ((await readRevision(query)) !== null) {
    throw new UnfitHostSchema(
      'The app has begun to migrate this database, and none of its tables is there. Let the app ' +
        'finish its migrations, then start Headway',
    );
  }
  const [applied] = await query<{ there: boolean }>(
    `select to_regclass('headway_migrations.applied') is not null as there`,
  );
  if (applied?.there) {
    throw new UnfitHostSchema(
      `Headway was set up in this database, and the app's tables are not there any more: ` +
        'check DATABASE_URL and its search path, or restore a backup',
    );
  }
}

async function hasUniqueLink(query: Query): Promise<boolean> {
  const rows = await query(
    `select 1 from pg_index i where i.indrelid = to_regclass('knowledge_file') and i.indisunique
       and i.indpred is null and i.indisvalid and i.indnkeyatts = 2 and (
         select array_agg(a.attname::text order by a.attname) from pg_attribute a
         where a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
       ) = array['file_id', 'knowledge_id']`,
  );
  return rows.length > 0;
}

async function readRevision(query: Query): Promise<string | null> {
  const [there] = await query<{ there: boolean }>(
    `select to_regclass('alembic_version') is not null as there`,
  );
  if (!there?.there) return null;
  const rows = await query<{ revision: string }>(
    'select version_num::text as revision from alembic_version order by 1',
  );
  return rows.map(({ revision }) => revision).join(', ');
}

function warningsOf(
  found: readonly Found[],
  schema: string,
  revision: string | null,
): string[] {
  const unknown = found.filter(({ name }) => INSERTED.includes(name)).flatMap((table) =>
    table.required.filter((column) => !HOST_TABLES[table.name]?.includes(column))
      .map((column) => `${table.name}.${column}`)
  );
  return [
    ...(revision === null || TESTED_REVISIONS.has(revision) ? [] : [
      `The app's tables are at the migration ${revision}, which is outside the tested range ` +
      `(versions ${TESTED_VERSIONS} of the app). Headway works with the tables as it finds them`,
    ]),
    ...(unknown.length === 0 ? [] : [
      `The app's tables in "${schema}" have columns without a default that Headway does not fill, ` +
      `so that it cannot insert rows: ${unknown.join(', ')}. It is tested with versions ` +
      `${TESTED_VERSIONS} of the app`,
    ]),
  ];
}
