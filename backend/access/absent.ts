/**
 * Rights of a person while no request of theirs is there: when a worker runs a job they asked for,
 * and before a mail about it is sent.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import type { Actor } from './actor.ts';
import { type Authorize, mayAccessKnowledge } from './permissions.ts';

/** A person who once asked for something. */
export interface Absentee {
  readonly userId: string;
  /** Role when they asked, where it came with the request; null where the table `user` has it. */
  readonly role: string | null;
}

/** Whether an account is still active and may read a knowledge base; null asks for the first only. */
export type MayStillRead = (person: Absentee, knowledgeId: string | null) => Promise<boolean>;

/** @param authorize an app's own rule, as `createHeadway` has it */
export function createMayStillRead(
  { orm }: Pick<Database, 'orm'>,
  authorize?: Authorize,
): MayStillRead {
  return async (person, knowledgeId) => {
    const { userId } = person;
    const [row] = await orm.execute<{ name: string; role: string }>(
      sql`select name, role from "user" where id = ${userId}`,
    );
    const role = person.role ?? row?.role;
    if (role !== 'admin' && role !== 'user') return false;
    if (knowledgeId === null) return true;
    const actor: Actor = { id: userId, name: row?.name ?? userId, role, authorize };
    const found = await orm.execute(sql`
      select 1 from knowledge k where k.id = ${knowledgeId} and ${
      mayAccessKnowledge(actor, 'read')
    }`);
    return found.length > 0;
  };
}
