/**
 * The tables of the existing app, and rows of every shape that was met in the wild.
 *
 * @module
 */
import type postgres from 'postgres';

/** The app's tables as of its version 0.11. */
const TABLES = `
  create table alembic_version (version_num varchar(32) primary key);
  insert into alembic_version values ('1ce6ade7d93b');
  create table "user" (
    id text primary key, name text, email text, role text, profile_image_url text, settings json,
    created_at bigint, updated_at bigint
  );
  create table "group" (
    id text primary key, user_id text, name text, description text, data json, meta json,
    permissions json, created_at bigint, updated_at bigint
  );
  create table group_member (
    id text primary key, group_id text not null references "group" (id) on delete cascade,
    user_id text not null references "user" (id) on delete cascade,
    created_at bigint, updated_at bigint
  );
  create table access_grant (
    id text primary key, resource_type text not null, resource_id text not null,
    principal_type text not null, principal_id text not null, permission text not null,
    created_at bigint not null,
    unique (resource_type, resource_id, principal_type, principal_id, permission)
  );
  create table knowledge (
    id text primary key, user_id text not null, name text not null, description text, data json,
    meta json, created_at bigint not null, updated_at bigint
  );
  create table knowledge_directory (
    id text primary key, knowledge_id text not null references knowledge (id) on delete cascade,
    parent_id text references knowledge_directory (id) on delete cascade, name text not null,
    user_id text not null, created_at bigint not null, updated_at bigint not null,
    unique (knowledge_id, parent_id, name)
  );
  create table file (
    id text primary key, user_id text not null, hash text, filename text not null, path text,
    data json, meta json, created_at bigint, updated_at bigint
  );
  create table knowledge_file (
    id text primary key, knowledge_id text not null references knowledge (id) on delete cascade,
    file_id text not null references file (id) on delete cascade,
    directory_id text references knowledge_directory (id) on delete set null,
    user_id text not null, created_at bigint not null, updated_at bigint not null,
    unique (knowledge_id, file_id)
  );
  create table chat (
    id text primary key, user_id text not null, title text not null, chat json,
    created_at bigint not null, updated_at bigint not null
  );
  create table chat_file (
    id text primary key, user_id text not null,
    chat_id text not null references chat (id) on delete cascade,
    file_id text not null references file (id) on delete cascade, message_id text,
    created_at bigint not null, updated_at bigint not null, unique (chat_id, file_id)
  );`;

/** What `ask` without a token signs requests as. */
export const HOST_USER = 'local';

/** Files of the host, all of {@link HOST_USER}; no byte of them can be reached from here. */
export const HOST_FILES: Readonly<Record<string, { data: string | null; meta?: string }>> = {
  'completed': { data: '{"status": "completed", "content": "A text of the host."}' },
  // Written by a version before 0.6.23.
  'old': { data: '{"content": "An old text of the host.", "theirs": 7}' },
  'old-nul': { data: '{"content": "A text with \\u0000 and \\ud83d in it."}' },
  'failed': {
    data: '{"status": "failed", "error": "theirs", "content": "Read before it failed."}',
  },
  'pending': { data: '{"status": "pending"}' },
  'null': { data: null },
  'json-null': { data: 'null' },
  'list': { data: '["content"]' },
  'odd-meta': {
    data: '{"status": "completed", "content": "Odd about it is the rest."}',
    meta: '{"name": "a\\u0000b", "content_type": ["text/plain"], "size": "large"}',
  },
};

/** Makes tables and rows on the `search_path`; the files are in the knowledge base `host`. */
export async function makeHostTables(tx: postgres.ISql): Promise<void> {
  await tx.unsafe(TABLES);
  await tx`insert into "user" (id, name, email, role, created_at)
    values (${HOST_USER}, 'Local', 'local@example.org', 'admin', 1)`;
  await tx`insert into knowledge (id, user_id, name, created_at, updated_at)
    values ('host', ${HOST_USER}, 'Of the host', 1, 1)`;
  for (const [id, { data, meta = '{"size": 9}' }] of Object.entries(HOST_FILES)) {
    const path = `/app/backend/data/uploads/${id}_${id}.txt`;
    await tx`insert into file (id, user_id, hash, filename, path, data, meta, created_at, updated_at)
      values (${id}, ${HOST_USER}, 'theirs', ${`${id}.txt`}, ${path},
        ${data}::text::json, ${meta}::text::json, 1, 1)`;
    await tx`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      values (${id}, 'host', ${id}, ${HOST_USER}, 1, 1)`;
  }
}
