/**
 * Permissions of a person outside of their own requests: when a worker runs their job or processes
 * their files, and before a mail about it is sent.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import type { Actor } from './actor.ts';
import { type Authorize, mayAccessKnowledge, mayChangeKnowledge } from './permissions.ts';

/** A person who sent a request earlier. */
export interface Absentee {
  readonly userId: string;
  /**
   * Role at the time of the request, if the request carried it; null if the table `user` has it.
   */
  readonly role: string | null;
}

type Rights = Pick<Database, 'orm'>;

/**
 * True if an account is still active and may read a knowledge base; null checks the account only.
 */
export type MayStillRead = (person: Absentee, knowledgeId: string | null) => Promise<boolean>;

/** @param authorize the app's own rule, as in `createHeadway` */
export function createMayStillRead(db: Rights, authorize?: Authorize): MayStillRead {
  return async (person, knowledgeId) => {
    const actor = await actorOf(db, person, authorize);
    if (!isActive(actor)) return false;
    return knowledgeId === null || await holds(db, knowledgeId, mayAccessKnowledge(actor, 'read'));
  };
}

/** The right of an absent person to put files into a knowledge base. */
export type MayStillAdd = (person: Absentee, knowledgeId: string) => Promise<boolean>;

/**
 * A person without a role, in the request and in the table `user`, passes: the files were accepted.
 *
 * @param authorize the app's own rule, as in `createHeadway`
 */
export function createMayStillAdd(db: Rights, authorize?: Authorize): MayStillAdd {
  return async (person, knowledgeId) => {
    const actor = await actorOf(db, person, authorize);
    if (actor === null) return true;
    return isActive(actor) && await holds(db, knowledgeId, mayChangeKnowledge(actor));
  };
}

type Known = Omit<Actor, 'role'> & { readonly role: string };

/** Null if no role is known. */
async function actorOf(
  { orm }: Rights,
  { userId, role: asked }: Absentee,
  authorize: Authorize | undefined,
): Promise<Known | null> {
  const [row] = await orm.execute<{ name: string; role: string | null }>(
    sql`select name, role from "user" where id = ${userId}`,
  );
  const role = asked ?? row?.role ?? null;
  return role === null ? null : { id: userId, name: row?.name ?? userId, role, authorize };
}

const isActive = (actor: Known | null): actor is Actor =>
  actor?.role === 'admin' || actor?.role === 'user';

async function holds({ orm }: Rights, knowledgeId: string, may: SQL): Promise<boolean> {
  const found = await orm.execute(sql`
    select 1 from knowledge k where k.id = ${knowledgeId} and ${may}`);
  return found.length > 0;
}
