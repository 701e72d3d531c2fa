/**
 * Tables of a backup, in the order in which restore fills them.
 *
 * @module
 */
import type { Table, TableReader } from '../database/tables.ts';

/** The existing app's tables, those that others reference first. */
const APP_TABLES = [
  'user',
  'group',
  'group_member',
  'access_grant',
  'knowledge',
  'file',
  'knowledge_file',
];
/** Tables that others reference. */
const FIRST = ['session', 'job', 'webhook', 'event'];
/**
 * Tables without a backup: workers are processes, unfinished uploads are no files, and restore
 * fills the queue and the counts anew.
 */
const LEFT_OUT = [
  'worker',
  'upload',
  'lock',
  'unqueued',
  'failed_change',
  'listed_file',
  'listed_change',
  'known_state',
];

/** Excludes the queue's own tables: restore fills the queue anew. */
export async function listBackupTables(
  tables: Pick<TableReader, 'list' | 'query'>,
): Promise<Table[]> {
  const [{ schema } = { schema: 'public' }] = await tables.query<{ schema: string }>(
    `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid = to_regclass('knowledge')`,
  );
  const app = await tables.list(schema, APP_TABLES);
  const own = (await tables.list('headway')).filter(({ name }) => !LEFT_OUT.includes(name));
  return [...inOrder(app, APP_TABLES), ...inOrder(own, FIRST)];
}

function inOrder(tables: readonly Table[], names: readonly string[]): Table[] {
  const rank = ({ name }: Table) => {
    const at = names.indexOf(name);
    return at < 0 ? names.length : at;
  };
  return [...tables].sort((a, b) => rank(a) - rank(b));
}
