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
  await sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin
      raise exception '${REFUSAL}'; end $$;
    create trigger refuse before update on ${table} for each row
      when (old.id = '${id}') execute function refuse()`);
  try {
    return await work();
  } finally {
    await sql.unsafe(`drop trigger refuse on ${table}; drop function refuse()`);
  }
}
