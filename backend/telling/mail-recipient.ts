/**
 * Recipient and subject of a mail, from the current rows of the database.
 *
 * @module
 */
import type { MailLanguage } from '#contract/background.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

export interface Recipient {
  readonly [column: string]: unknown;
  readonly name: string;
  /** Null if there is no valid address. */
  readonly email: string | null;
  readonly language: MailLanguage | null;
  readonly minutes: number;
  readonly knowledge_name: string | null;
}

/** One bare address: no list, no name, no line break. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{C}]{1,64}@[^\s@<>()[\]\\,;:"\p{C}]{1,255}$/u;

/** Null if the person no longer exists. */
export async function readRecipient(
  db: Executor,
  userId: string,
  knowledgeId: string | null,
): Promise<Recipient | null> {
  const [row] = await db.execute<Recipient>(sql`
    select u.name, u.email, p.language, p.mail_minutes as minutes,
      (select k.name from knowledge k where k.id = ${knowledgeId}) as knowledge_name
    from "user" u join headway.preference p on p.user_id = u.id
    where u.id = ${userId} and p.mail`);
  return row ? { ...row, email: usable(row.email) } : null;
}

/** Address for mails to this person. */
export async function readAddress(db: Executor, userId: string): Promise<string | null> {
  const [row] = await db.execute<{ email: string | null }>(
    sql`select email from "user" where id = ${userId}`,
  );
  return usable(row?.email ?? null);
}

const usable = (email: string | null) => email !== null && ADDRESS.test(email) ? email : null;
