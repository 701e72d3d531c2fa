/**
 * Which tables a backup holds, and in which order they are filled.
 *
 * @module
 */
import type { Table, TableReader } from '../database/tables.ts';

/** The existing app's, those that others point at first. */
const APP_TABLES = [
  'user',
  'group',
  'group_member',
  'access_grant',
  'knowledge',
  'file',
  'knowledge_file',
];
/** Those that others point at. */
const FIRST = ['session', 'job', 'webhook', 'event'];
/**
 * Workers are processes, what of an upload is here is no file yet, and what is not in the queue yet
 * is put into it when it is filled anew: none is kept. What was counted is counted again as the rows
 * come back.
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

/** The queue's own tables are not among them: restoring fills the queue anew. */
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
