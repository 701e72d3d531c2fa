/**
 * On a filled index no search reads more passages than match, nor the whole table.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../../../backend/access/actor.ts';
import { mayAccessKnowledge, mayReadFiles } from '../../../backend/access/permissions.ts';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { reindexPassages } from '../../../backend/knowledge/search-index.ts';
import { search, type SearchScope } from '../../../backend/knowledge/search.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { explaining, readsOver } from '../../support/explaining.ts';

const PASSAGES = 200_000;
const FILES = 2_000;
/** A hundredth of the passages hold the words that are searched for. */
const MOST_READ = PASSAGES / 50;

/** The app's links have no index by file: a look for each of the files reads the square of them. */
const TABLES = ['passage', 'knowledge_file', 'file'];

let base: TestDatabase;
let db: Database;
beforeAll(async () => {
  base = await createTestDatabase({ migrated: true });
  await fill();
  db = connect(base.url, { name: 'test' });
}, 240_000);
afterAll(async () => {
  await db.close();
  await base.drop();
});

/** Vectors as the code makes them of short texts, made by the database: that is faster. */
async function fill(): Promise<void> {
  const each = PASSAGES / FILES;
  await base.sql`insert into knowledge (id, user_id, name, created_at)
    select 'base-' || i, 'user-' || i, 'Base', 0 from generate_series(0, 99) i`;
  await base.sql`insert into file (id, user_id, filename, data, meta)
    select 'file-' || i, 'user-' || i % 100, 'a.txt', '{}', '{}' from generate_series(1, ${FILES}) i`;
  await base.sql`
    insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
    select 'link-' || i, 'base-' || i % 100, 'file-' || i, 'user-' || i % 100, 1, 1
    from generate_series(1, ${FILES}) i`;
  await base.sql`
    insert into headway.extraction (file_id, processor, version, checkpoint, complete)
    select 'file-' || i, 'document', 1, '{}', true from generate_series(1, ${FILES}) i`;
  await base.sql`insert into headway.part (file_id, index, kind, text)
    select 'file-' || i, n, 'page', '' from generate_series(1, ${FILES}) i,
      generate_series(1, ${each}) n`;
  await base.sql`
    insert into headway.passage (file_id, part_index, ordinal, text, words, words_version)
    select 'file-' || i, n, 0, text, to_tsvector('simple', text), 1
    from generate_series(1, ${FILES}) i, generate_series(1, ${each}) n,
      lateral (select 'common word' || i || ' heron' || n || ' code' || i * n
        || case when n = 1 then ' amiable' else '' end as text) t`;
  await base.sql`vacuum analyze headway.passage`;
  await base.sql`analyze`;
}

const actor = { id: 'user-7', role: 'user' } as Actor;
const visible = mayReadFiles(actor);
const scopes: Record<string, SearchScope> = {
  'a knowledge base': { knowledgeId: 'base-7' },
  'all that a user may read': { visible, bases: mayAccessKnowledge(actor, 'read') },
  'all that an administrator may read': { visible: sql`true`, bases: sql`true` },
};
const queries: Record<string, string> = {
  'a word': 'heron50',
  'a word that is nowhere': 'zzzzzzzzz',
  'the beginning of a word': 'amia',
  'two words': 'heron50 common',
  'a word with a typo': 'amiabel',
  'a phrase': '"word77 heron50"',
};

test.each(
  Object.entries(scopes).flatMap(([where, scope]) =>
    Object.entries(queries).map(([what, query]) => ({ where, what, scope, query }))
  ),
)('$what in $where reads few passages', async ({ scope, query }) => {
  const { db: asked, plans } = explaining(db);
  for (const byFile of [false, true]) {
    await search(asked.orm, { scope, query, limit: 20, offset: 0, byFile });
  }
  expect(plans).not.toEqual([]);
  expect(plans.flatMap((plan) => readsOver(plan, TABLES, MOST_READ))).toEqual([]);
});

test('a look for passages to index again reads none', async () => {
  const { db: asked, plans } = explaining(db);
  expect(await reindexPassages(asked)).toBe(0);
  expect(plans.flatMap((plan) => readsOver(plan, ['passage'], 0))).toEqual([]);
});

test('every hit of the commonest word is counted', async () => {
  const scope = { visible: sql`true`, bases: sql`true` };
  const ask = (offset: number) => search(db.orm, { scope, query: 'common', limit: 20, offset });
  expect([(await ask(0)).total, (await ask(PASSAGES - 1)).hits.length]).toEqual([PASSAGES, 1]);
});
