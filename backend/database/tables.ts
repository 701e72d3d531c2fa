/**
 * Whole tables as streams of lines, for backup and restore. A line is a JSON array of the columns'
 * values in PostgreSQL's text format, so that every type is restored exactly, a `json` column to
 * the letter. (COPY would need another package beside the driver.)
 *
 * @module
 */
import { type DatabaseClient, UNLIMITED, withClient } from './client.ts';

/** A table; `columns` are those that hold data of their own, `types` are their types. */
export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

type Query = <T extends object>(text: string, values?: readonly unknown[]) => Promise<T[]>;

/** A snapshot of a database, read by one transaction. */
export interface TableReader {
  /** The existing tables of these names, or all of the schema. */
  list(schema: string, names?: readonly string[]): Promise<Table[]>;
  /** The rows, a line each, in batches. */
  read(table: Table): AsyncIterable<string[]>;
  readonly query: Query;
}

/** A transaction that fills tables. */
export interface TableWriter {
  list(schema: string, names?: readonly string[]): Promise<Table[]>;
  /** Adds rows. */
  write(table: Table, lines: readonly string[]): Promise<void>;
  /** Removes all rows of these tables. */
  empty(tables: readonly Table[]): Promise<void>;
  readonly query: Query;
}

/** Rows in memory at once; a row of `file` holds all its text. */
const ROWS = 50;

/** Reads one consistent snapshot of all tables while others write. */
export function readTables<T>(url: string, work: (reader: TableReader) => Promise<T>): Promise<T> {
  return inTransaction(url, 'isolation level repeatable read read only', (tx) =>
    work({
      list: (schema, names) => list(tx, schema, names),
      read: (table) => read(tx, table),
      query: queryOf(tx),
    }));
}

/** Writes all or nothing. */
export function writeTables<T>(url: string, work: (writer: TableWriter) => Promise<T>): Promise<T> {
  return inTransaction(url, 'read write', (tx) =>
    work({
      list: (schema, names) => list(tx, schema, names),
      write: (table, lines) => write(tx, table, lines),
      async empty(tables) {
        if (tables.length === 0) return;
        await tx.run({ text: `truncate ${tables.map(qualified).join(', ')}` });
      },
      query: queryOf(tx),
    }));
}

function inTransaction<T>(
  url: string,
  mode: string,
  work: (tx: DatabaseClient) => Promise<T>,
): Promise<T> {
  return withClient(url, { name: 'headway-tables', ...UNLIMITED }, async (tx) => {
    // Without a COMMIT the end of the connection rolls everything back.
    await tx.run({ text: `begin ${mode}` });
    const result = await work(tx);
    await tx.run({ text: 'commit' });
    return result;
  });
}

const queryOf =
  (tx: DatabaseClient): Query =>
  async <T extends object>(text: string, values?: readonly unknown[]) =>
    (await tx.run<T>({ text, ...(values && { values }) })).rows;

async function list(
  tx: DatabaseClient,
  schema: string,
  names?: readonly string[],
): Promise<Table[]> {
  const { rows } = await tx.run<Table>({
    text: `
    select n.nspname as schema, c.relname as name,
      array_agg(a.attname::text order by a.attnum) as columns,
      array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as types
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      and not a.attisdropped and a.attgenerated = ''
    where c.relkind in ('r', 'p') and n.nspname = $1
      and ($2::text[] is null or c.relname = any($2::text[]))
    group by 1, 2 order by 2`,
    values: [schema, names ?? null],
  });
  return rows;
}

async function* read(tx: DatabaseClient, table: Table): AsyncGenerator<string[]> {
  const values = table.columns.map((column) => `${quoted(column)}::text`).join(', ');
  await tx.run({
    text: `declare reading no scroll cursor for
      select json_build_array(${values})::text as line from ${qualified(table)}`,
  });
  while (true) {
    const { rows } = await tx.run<{ line: string }>({ text: `fetch ${ROWS} from reading` });
    if (rows.length === 0) break;
    yield rows.map((row) => row.line);
  }
  await tx.run({ text: 'close reading' });
}

async function write(
  tx: DatabaseClient,
  table: Table,
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  const values = table.types.map((type, at) => `(row ->> ${at})::${type}`).join(', ');
  await tx.run({
    text: `insert into ${qualified(table)} (${table.columns.map(quoted).join(', ')})
     select ${values} from json_array_elements($1::text::json) as given (row)`,
    values: [`[${lines.join(',')}]`],
  });
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const qualified = ({ schema, name }: Table) => `${quoted(schema)}.${quoted(name)}`;
