/**
 * `inspect`: all details of a job or a session, including its entries in the queue.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { hostFile } from '../host/file-fields.ts';
import { readable } from '../host/json.ts';
import type { Arguments, Command, Report } from './command.ts';
import { findSelection } from './find.ts';
import { layFields, layTable } from './layout.ts';
import type { Place } from './place.ts';

type Row = Record<string, unknown>;

export const inspect: Command = {
  name: 'inspect',
  about: 'Show all that is known of a job or a session',
  operands: ['job or session'],
  run: async (place, { operands: [id = ''] }: Arguments): Promise<Report> => {
    const { sessionId, jobId } = await findSelection(place.db.orm, id);
    return jobId ? await inspectJob(place, jobId) : inspectSession(place, sessionId);
  },
};

async function inspectJob(place: Place, jobId: string): Promise<Report> {
  const job = await one(place, sql`select * from headway.job where id = ${jobId}::uuid`);
  const of = job?.file_id as string | null;
  const data = {
    job,
    session: await sessionRow(place, job?.session_id as string),
    // Omits the text: it may be long, and is private.
    file: await one(
      place,
      sql`select id, user_id, filename, path, hash, ${hostFile.meta} as meta,
        ${hostFile.data} as data, length(${hostFile.content}) as characters
      from file f where id = ${of}`,
    ),
    checkpoint: await one(place, sql`select * from headway.extraction where file_id = ${of}`),
    content: await one(
      place,
      sql`select (select count(*)::int from headway.part where file_id = ${of}) as parts,
        (select count(*)::int from headway.passage where file_id = ${of}) as passages`,
    ),
    queue: await one(place, sql`select * from headway_queue.job where id = ${jobId}::uuid`),
    worker: await one(place, sql`select * from headway.worker where id = ${job?.worker ?? null}`),
  };
  return { data, text: laySections(data) };
}

async function inspectSession(place: Place, sessionId: string): Promise<Report> {
  const session = await sessionRow(place, sessionId);
  const knowledge = await one(
    place,
    sql`select k.id, k.name, k.user_id,
      ${readable(sql`k.meta`)} #> array['processing_sessions', ${sessionId}::text] as document
    from knowledge k where k.id = ${session?.knowledge_id ?? null}`,
  );
  const jobs = await place.db.orm.execute<Row>(sql`
    select j.id, j.name, j.status, j.step, j.progress, j.attempt, j.worker, j.error_code,
      q.state as queue_state
    from headway.job j left join headway_queue.job q on q.id = j.id
    where j.session_id = ${sessionId} order by j.position`);
  const table = layTable(
    ['JOB', 'STATE', 'STEP', '%', 'TRY', 'QUEUE', 'FILE', 'REASON'],
    jobs.map((row) =>
      [row.id, row.status, row.step, row.progress, row.attempt, row.queue_state, row.name]
        .concat(row.error_code) as string[]
    ),
  );
  const data = { session, knowledge, jobs };
  return { data, text: `${laySections({ session, knowledge })}\n\n${table}` };
}

const sessionRow = (place: Place, id: string) =>
  one(place, sql`select * from headway.session where id = ${id}`);

async function one({ db }: Place, statement: SQL): Promise<Row | null> {
  const [row] = await db.orm.execute<Row>(statement);
  return row ? { ...row } : null;
}

function laySections(sections: Record<string, Row | null>): string {
  return Object.entries(sections)
    .map(([name, row]) => `${name}\n${row ? layFields(row) : '  none'}`)
    .join('\n\n');
}
