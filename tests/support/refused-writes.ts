/**
 * A trigger of the app that lets one of its rows not be written.
 *
 * @module
 */
import type postgres from 'postgres';

/** Says the trigger. */
export const REFUSAL = 'Not this one';

/** Refuses every update of the row with this id while `work` runs. */
export async function whileRefused<T>(
  sql: postgres.Sql,
  table: 'file' | 'knowledge',
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  return await withTrigger(sql, table, `before update on ${table}`, `old.id = '${id}'`, work);
}

/** Refuses every new row of a table while `work` runs. */
export async function whileInsertsRefused<T>(
  sql: postgres.Sql,
  table: 'file' | 'knowledge' | 'knowledge_file',
  work: () => Promise<T>,
): Promise<T> {
  return await withTrigger(sql, table, `before insert on ${table}`, 'true', work);
}

async function withTrigger<T>(
  sql: postgres.Sql,
  table: string,
  event: string,
  condition: string,
  work: () => Promise<T>,
): Promise<T> {
  await sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin
      raise exception '${REFUSAL}'; end $$;
    create trigger refuse ${event} for each row
      when (${condition}) execute function refuse()`);
  try {
    return await work();
  } finally {
    await sql.unsafe(`drop trigger refuse on ${table}; drop function refuse()`);
  }
}
