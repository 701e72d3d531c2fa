/**
 * Knowledge bases: rows of the existing app's table, in its shapes.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type {
  AccessGrant,
  CreateKnowledge,
  Knowledge,
  KnowledgeList,
  KnowledgeListItem,
} from '#contract/knowledge.ts';
import { eq, type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { knowledge } from '../database/schema.ts';
import { isExternal } from '../host/external-knowledge.ts';
import { readable } from '../host/json.ts';

/** Access conditions on `knowledge k` for one actor. */
export interface Visibility {
  readonly read: SQL;
  readonly write: SQL;
}

export interface ListRequest {
  readonly query: string;
  readonly page: number;
  readonly orderBy: 'name' | 'created_at' | 'updated_at';
  readonly direction: 'asc' | 'desc';
}

/** Rows per page, as in the existing app. */
export const PAGE_SIZE = 30;

const now = (): number => Math.floor(Date.now() / 1000);

/** Creates a knowledge base. Its description is never NULL, which would break the app's search. */
export async function createKnowledge(
  db: Executor,
  userId: string,
  input: CreateKnowledge,
): Promise<string> {
  const id = crypto.randomUUID();
  await db.insert(knowledge).values({
    id,
    userId,
    name: input.name,
    description: input.description ?? '',
    createdAt: now(),
    updatedAt: now(),
  });
  await replaceGrants(db, id, input.access_grants ?? []);
  return id;
}

/** Updates name, description and, if given, the grants. */
export async function updateKnowledge(
  db: Executor,
  id: string,
  input: CreateKnowledge,
): Promise<void> {
  await db.update(knowledge)
    .set({ name: input.name, description: input.description ?? '', updatedAt: now() })
    .where(eq(knowledge.id, id));
  if (input.access_grants) await replaceGrants(db, id, input.access_grants);
}

/** Replaces the access grants of a knowledge base. */
export async function replaceGrants(
  db: Executor,
  id: string,
  grants: readonly AccessGrant[],
): Promise<void> {
  await db.execute(sql`
    delete from access_grant where resource_type = 'knowledge' and resource_id = ${id}`);
  if (grants.length === 0) return;
  const column = (of: (grant: AccessGrant) => string) => sql`${sql.param(grants.map(of))}::text[]`;
  await db.execute(sql`
    insert into access_grant (id, resource_type, resource_id, principal_type, principal_id,
      permission, created_at)
    select given.id, 'knowledge', ${id}, given.principal_type, given.principal_id,
      given.permission, ${now()}
    from unnest(${column(() => crypto.randomUUID())}, ${column((grant) => grant.principal_type)},
      ${column((grant) => grant.principal_id)}, ${column((grant) => grant.permission)})
      as given (id, principal_type, principal_id, permission)`);
}

/** Deletes a knowledge base and its rows in tables without a foreign key. */
export async function deleteKnowledge(db: Executor, id: string): Promise<void> {
  await db.execute(sql`delete from knowledge_file where knowledge_id = ${id}`);
  await db.execute(sql`
    delete from access_grant where resource_type = 'knowledge' and resource_id = ${id}`);
  await db.delete(knowledge).where(eq(knowledge.id, id));
}

/** One knowledge base with its grants. Throws {@link AppError} `knowledge_not_found`. */
export async function getKnowledge(
  db: Executor,
  id: string,
  visibility: Visibility,
): Promise<Knowledge> {
  const [row] = await db.execute<Row & { write_access: boolean }>(sql`
    select ${columns}, ${visibility.write} as write_access from knowledge k where k.id = ${id}`);
  if (!row) throw new AppError('knowledge_not_found', message('unknown_knowledge', { id }));
  const grants = await db.execute<AccessGrant & { [column: string]: unknown }>(sql`
    select id, principal_type, principal_id, permission from access_grant
    where resource_type = 'knowledge' and resource_id = ${id} order by created_at, id`);
  return { ...toRow(row), files: null, write_access: row.write_access, access_grants: [...grants] };
}

/** The visible knowledge bases whose name or description contains `query`. */
export async function listKnowledge(
  db: Executor,
  request: ListRequest,
  visibility: Visibility,
): Promise<KnowledgeList> {
  const pattern = `%${request.query.replace(/[\\%_]/g, '\\$&')}%`;
  const selected = sql`${visibility.read}
      and (k.name ilike ${pattern} or coalesce(k.description, '') ilike ${pattern})
      and not ${isExternal(sql`k.meta`)}`;
  const order = sql.raw(`k.${request.orderBy} ${request.direction} nulls last, k.id`);
  const rows = await db.execute<ListRow>(sql`
    select ${columns}, ${visibility.write} as write_access, count(*) over ()::int as total,
      (select count(*)::int from knowledge_file l where l.knowledge_id = k.id) as file_count,
      (select json_build_object('id', u.id, 'name', u.name, 'email', u.email)
        from "user" u where u.id = k.user_id) as "user"
    from knowledge k
    where ${selected}
    order by ${order} limit ${PAGE_SIZE} offset ${(request.page - 1) * PAGE_SIZE}`);
  return { items: rows.map(toListItem), total: rows[0]?.total ?? (await count(db, selected)) };
}

/** Counts separately: a page beyond the end has no row that contains the total. */
async function count(db: Executor, selected: SQL): Promise<number> {
  const [row] = await db.execute<{ total: number }>(
    sql`select count(*)::int as total from knowledge k where ${selected}`,
  );
  return row?.total ?? 0;
}

interface Row {
  [column: string]: unknown;
  id: string;
  user_id: string;
  name: string;
  description: string | null;
  meta: Record<string, unknown> | null;
  created: number;
  updated: number | null;
}

interface ListRow extends Row {
  write_access: boolean;
  total: number;
  file_count: number;
  user: KnowledgeListItem['user'];
}

/** `meta` if it is an object, else null. */
const knowledgeMeta = sql`(case jsonb_typeof(${readable(sql`k.meta`)}) when 'object'
  then ${readable(sql`k.meta`)} end)`;

const columns = sql`k.id, k.user_id, k.name, k.description, ${knowledgeMeta} as meta,
  k.created_at::float8 as created, k.updated_at::float8 as updated`;

function toRow(row: Row): Omit<Knowledge, 'files' | 'write_access' | 'access_grants'> {
  const { id, user_id, name, description, meta, created, updated } = row;
  return { id, user_id, name, description, meta, created_at: created, updated_at: updated };
}

function toListItem(row: ListRow): KnowledgeListItem {
  const { user, file_count, write_access } = row;
  return { ...toRow(row), user, file_count, write_access };
}
