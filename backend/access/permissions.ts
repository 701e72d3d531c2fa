/**
 * Permissions of an actor: owner, administrators, and grants for the user, a group of theirs, or
 * everyone. The response for an invisible resource is the one for a missing resource.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { isExternal } from '../host/external-knowledge.ts';
import { basesOf, nextBaseOf } from '../host/membership.ts';
import type { Actor } from './actor.ts';

export type Permission = 'read' | 'write';

export type Subject = 'knowledge' | 'file' | 'session';

/** Input of an app's own rule. */
export interface Question {
  readonly actor: Actor;
  /** Rows of `knowledge` are called `k`, of `file` `f`, of `headway.session` `s`. */
  readonly subject: Subject;
  readonly permission: Permission;
  /** SQL of Headway's own rule for a row. */
  readonly standard: SQL;
}

/**
 * The app's own rule: SQL that is true for the rows on which the actor has the permission. It
 * applies to single look-ups and to lists. `standard` unchanged keeps Headway's rule,
 * ``sql`${standard} and …` `` narrows it, any other SQL, `true` or `false` replaces it. A rule for
 * knowledge bases applies to the files and sessions in them; owners also see their own files.
 */
export type Authorize = (question: Question) => SQL | boolean;

function decide(actor: Actor, subject: Subject, permission: Permission, standard: SQL): SQL {
  if (!actor.authorize) return standard;
  const decided = actor.authorize({ actor, subject, permission, standard: sql`(${standard})` });
  return typeof decided === 'boolean' ? sql`${decided}::boolean` : sql`(${decided})`;
}

/** An app's own rule for the knowledge base applies to administrators too. */
const seesAll = (actor: Actor) => actor.role === 'admin' && !actor.authorize;

/** SQL that is true for rows of `knowledge` (as `k`) on which the actor has the permission. */
export function mayAccessKnowledge(actor: Actor, permission: Permission): SQL {
  return decide(actor, 'knowledge', permission, grantedKnowledge(actor, permission));
}

/**
 * SQL that is true for rows of `knowledge` (as `k`) that the actor may change: the permission to
 * write, on one that is not read-only.
 */
export function mayChangeKnowledge(actor: Actor): SQL {
  return sql`(${mayAccessKnowledge(actor, 'write')} and not ${isExternal(sql`k.meta`)})`;
}

/** A user, or in a statement about many users the column that holds their id. */
interface Somebody {
  readonly id: string | SQL;
  readonly role: Actor['role'];
}

function grantedKnowledge(actor: Somebody, permission: Permission): SQL {
  if (actor.role === 'admin') return sql`true`;
  const permissions = permission === 'read' ? sql`('read', 'write')` : sql`('write')`;
  return sql`(k.user_id = ${actor.id} or exists (
    select 1 from access_grant g
    where g.resource_type = 'knowledge' and g.resource_id = k.id and g.permission in ${permissions}
      and (g.principal_type = 'anyone' or g.principal_id = '*'
        or (g.principal_type = 'user' and g.principal_id = ${actor.id})
        or (g.principal_type = 'group' and g.principal_id in (
          select m.group_id from group_member m where m.user_id = ${actor.id})))))`;
}

/**
 * SQL that is true for rows of `file` (as `f`) on which the actor has the permission. Users who may
 * change a knowledge base may change the files that their owners put there. A file that another
 * user linked into it is read-only there.
 */
export function mayAccessFile(actor: Actor, permission: Permission): SQL {
  return decide(actor, 'file', permission, grantedFile(actor, permission));
}

function grantedFile(actor: Actor, permission: Permission): SQL {
  if (seesAll(actor)) return sql`true`;
  const link = permission === 'write' ? sql`l.user_id = f.user_id` : sql`true`;
  return sql`(f.user_id = ${actor.id} or exists (
    select 1 from ${basesOf(link)} near join knowledge k on k.id = near.id
    where ${mayAccessKnowledge(actor, permission)}))`;
}

/**
 * {@link mayAccessFile} for reading, in statements about many files: reads the links once instead
 * of once a file, since the app's table has no index by file.
 */
export function mayReadFiles(actor: Actor): SQL {
  if (actor.authorize || seesAll(actor)) return mayAccessFile(actor, 'read');
  const may = mayAccessKnowledge(actor, 'read');
  return sql`(f.user_id = ${actor.id}
    or f.id in (select l.file_id from knowledge_file l
      join knowledge k on k.id = l.knowledge_id where ${may})
    or exists (select 1 from ${nextBaseOf} near join knowledge k on k.id = near.id where ${may}))`;
}

/** SQL that is true for rows of `headway.session` (as `s`) on which the actor has the permission. */
export function mayAccessSession(actor: Actor, permission: Permission): SQL {
  const allowed = decide(actor, 'session', permission, grantedSession(actor, permission));
  return sql`(${notCleared} and ${allowed})`;
}

/** Cleared sessions are hidden from all users, whatever rule an app has. */
const notCleared = sql`s.cleared_at is null`;

function grantedSession(actor: Actor, permission: Permission): SQL {
  if (seesAll(actor)) return sql`true`;
  return sessionOf(actor.id, permission, (asked) => mayAccessKnowledge(actor, asked));
}

/**
 * A session outside of knowledge bases belongs to its owner alone. A session in one has the
 * permissions of its knowledge base. Without the permission to read, its owner loses the session
 * too. Users with the permission to write control its files (process, pause, cancel). A job only
 * reads, so its owner controls it with the permission to read.
 */
function sessionOf(
  userId: string | SQL,
  permission: Permission,
  mayAccess: (permission: Permission) => SQL,
): SQL {
  const inKnowledge = (may: SQL) =>
    sql`exists (select 1 from knowledge k where k.id = s.knowledge_id and ${may})`;
  const ownJob = sql`s.kind = 'job' and s.user_id = ${userId} and ${
    inKnowledge(mayAccess('read'))
  }`;
  return sql`(s.knowledge_id is null and s.user_id = ${userId}
    or ${inKnowledge(mayAccess(permission))}
    ${permission === 'write' ? sql`or ${ownJob}` : sql``})`;
}

/**
 * SQL that is true for rows of `headway.session` (as `s`) that the user named by a column may read
 * by Headway's own rule. The user must not be an administrator.
 */
export function mayUserReadSession(userId: SQL): SQL {
  const granted = (asked: Permission) => grantedKnowledge({ id: userId, role: 'user' }, asked);
  return sql`(${notCleared} and ${sessionOf(userId, 'read', granted)})`;
}

/**
 * Sessions that the actor may read, also split into parts that each have an index. `parts` is null
 * for an app's own rule and for administrators, who see everything.
 */
export function sessionScope(actor: Actor): {
  readonly visible: SQL;
  readonly parts: { readonly userId: string; readonly knowledge: SQL } | null;
} {
  const visible = mayAccessSession(actor, 'read');
  if (actor.authorize || seesAll(actor)) return { visible, parts: null };
  return { visible, parts: { userId: actor.id, knowledge: mayAccessKnowledge(actor, 'read') } };
}

const SUBJECTS = {
  knowledge: {
    from: sql`knowledge k where k.id =`,
    may: mayAccessKnowledge,
    missing: 'knowledge_not_found',
    readOnly: isExternal(sql`k.meta`),
  },
  file: {
    from: sql`file f where f.id =`,
    may: mayAccessFile,
    missing: 'file_not_found',
    readOnly: sql`false`,
  },
  session: {
    from: sql`headway.session s where s.id =`,
    may: mayAccessSession,
    missing: 'session_not_found',
    readOnly: sql`false`,
  },
} as const;

/**
 * Passes if the actor has the permission. Throws {@link AppError}: not found if the actor may not
 * even read, `forbidden` if the actor may read but not write, `bad_request` if the knowledge base
 * is read-only for all.
 */
export async function requireAccess(
  db: Executor,
  actor: Actor,
  subject: Subject,
  id: string,
  permission: Permission,
): Promise<void> {
  const { from, may, missing, readOnly } = SUBJECTS[subject];
  const [row] = await db.execute<Record<'readable' | 'writable' | 'fixed', boolean>>(sql`${KEPT}
    select ${may(actor, 'read')} as readable, ${may(actor, 'write')} as writable,
      ${permission === 'write' ? readOnly : sql`false`} as fixed
    from ${from} ${id}`);
  if (!row?.readable) {
    throw new AppError(missing, message('not_shared', { subject, id }));
  }
  if (permission === 'write' && !row.writable) {
    throw new AppError('forbidden', message('read_only', { subject }));
  }
  if (row.fixed) {
    throw new AppError('bad_request', message('external_knowledge'));
  }
}
