/**
 * What an actor may see and change: owner, administrators, and grants for the user, a group of
 * theirs, or everyone. What may not be seen answers as if it did not exist.
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

/** What an app's own rule is asked. */
export interface Question {
  readonly actor: Actor;
  /** Rows of `knowledge` are called `k`, of `file` `f`, of `headway.session` `s`. */
  readonly subject: Subject;
  readonly permission: Permission;
  /** SQL of what Headway's own rule says of a row. */
  readonly standard: SQL;
}

/**
 * An app's own rule: SQL that is true for the rows on which the actor has the permission, in single
 * look-ups and in lists alike. `standard` as it is changes nothing, ``sql`${standard} and …` ``
 * narrows it, any other SQL, `true` or `false` replace it. What is said of knowledge bases holds for
 * the files and sessions in them, which their own owners see besides.
 */
export type Authorize = (question: Question) => SQL | boolean;

function decide(actor: Actor, subject: Subject, permission: Permission, standard: SQL): SQL {
  if (!actor.authorize) return standard;
  const decided = actor.authorize({ actor, subject, permission, standard: sql`(${standard})` });
  return typeof decided === 'boolean' ? sql`${decided}::boolean` : sql`(${decided})`;
}

/** With a rule of the app's own it is the knowledge base that decides, for administrators too. */
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

/** Somebody, or, in a statement about many, the column that names them. */
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
 * SQL that is true for rows of `file` (as `f`) on which the actor has the permission. Who changes a
 * knowledge base changes the files that their owners put there; a file that somebody else linked
 * into it can be read there and no more.
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
 * {@link mayAccessFile} for reading, in statements about many files: what is linked is read once, and
 * not for each file, since the app's table has no index by file.
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

/** Cleared sessions are hidden from everyone, whatever rule an app has. */
const notCleared = sql`s.cleared_at is null`;

function grantedSession(actor: Actor, permission: Permission): SQL {
  if (seesAll(actor)) return sql`true`;
  return sessionOf(actor.id, permission, (asked) => mayAccessKnowledge(actor, asked));
}

/**
 * A session outside of knowledge bases is its owner's alone. One of a knowledge base goes with that:
 * whoever may not read it any more has no session there, and files in it are processed, paused and
 * cancelled by those who may change it. A job reads only, so its owner controls it as a reader.
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
 * SQL that is true for rows of `headway.session` (as `s`) that the user named by a column may read,
 * who is no administrator, by Headway's own rule.
 */
export function mayUserReadSession(userId: SQL): SQL {
  const granted = (asked: Permission) => grantedKnowledge({ id: userId, role: 'user' }, asked);
  return sql`(${notCleared} and ${sessionOf(userId, 'read', granted)})`;
}

/**
 * Which sessions the actor may read, also in parts of which each has an index; null where an app's
 * own rule, or an administrator's sight of everything, has no such parts.
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
 * Passes where the actor has the permission. Throws {@link AppError}: not found where the actor may
 * not even read, `forbidden` where reading is allowed and writing is not, `bad_request` where the
 * knowledge base is read-only for everyone.
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
