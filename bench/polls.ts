/**
 * Status polls of the real program with tokens: how many a second against a bare `Deno.serve` that
 * sends the same, what they cost the database, how soon they tell, and what tabs weigh.
 *
 * @module
 */
import { message } from '../backend/contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import { connect, type Database } from '../backend/database/connection.ts';
import { startEmbeddedPostgres } from '../backend/database/embedded.ts';
import type { Figure } from './figure.ts';
import { measureFreshness, measureQueries } from './poll-queries.ts';
import { measureRates } from './poll-rates.ts';
import { type Scene, SECRET, SESSIONS } from './poll-scene.ts';
import { measureTabs } from './poll-tabs.ts';
import { withWorld } from './world.ts';

export async function measurePolls(): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: 'headway-polls-' });
  await Deno.chmod(folder, 0o755);
  const database = await startEmbeddedPostgres({ dataDir: `${folder}/database` });
  const db = connect(database.url, { max: 4, name: 'bench' });
  const settings = {
    DATABASE_URL: database.url,
    AUTH_SECRET: SECRET,
    POLLS_PER_MINUTE: '1000000000',
    // As it is where there is no load: the same bytes in every round.
    POLL_SLOWDOWN: '1',
  };
  try {
    return await withWorld(async ({ url, program }) => {
      const ids = await fill(db);
      const scene: Scene = { db, databaseUrl: database.url, url, pid: program.pid, ids, folder };
      return [
        ...await measureRates(scene),
        await measureQueries(scene),
        await measureFreshness(scene),
        ...await measureTabs(scene),
      ];
    }, settings);
  } finally {
    await db.close();
    await database.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

const PAGE = message('work_on', {
  kind: 'file',
  name: 'a report.pdf',
  now: message('unit', { unit: 'page', at: 17, of: 40 }),
});

/** As many people as sessions, one session each. */
async function fill({ orm }: Database): Promise<string[]> {
  await orm.execute(sql`insert into "user" (id, name, email, role, created_at)
    select 'user-' || n, 'User ' || n, n || '@example', 'user', 1
    from generate_series(0, ${SESSIONS - 1}::int) n`);
  const rows = await orm.execute<{ id: string }>(sql`
    insert into headway.session (id, user_id, kind, status, total_files, progress, phase, message,
      current_file, started_at, eta_seconds)
    select gen_random_uuid(), 'user-' || n, 'app', 'processing', 1, 42.5, 'extract',
      ${JSON.stringify(PAGE)}::text::jsonb, 'a report.pdf', now(), 30
    from generate_series(0, ${SESSIONS - 1}::int) n returning id`);
  return rows.map(({ id }) => id);
}
