/**
 * What polls are measured against, each a process of its own:
 * `bare <file>`: `Deno.serve` that sends the status, headers and body that a file holds, and reads
 * nothing of the request. `usual <database>`: the same router and driver with a query for each poll.
 * `sse <database>`: a connection for each tab, which is sent the status every second.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { connect } from '../backend/database/connection.ts';
import { readSessions } from '../backend/progress/read.ts';

const [kind = '', source = ''] = Deno.args;
const OPTIONS = { files: false, staleSeconds: 300 };

function bare(): () => Response {
  const { status, headers, body } = JSON.parse(Deno.readTextFileSync(source));
  return () => new Response(body, { status, headers });
}

function byQuery(): Hono {
  const { orm } = connect(source);
  const read = (id: string) => readSessions(orm, sql`s.id = ${id}`, OPTIONS);
  return new Hono()
    .get('/api/v1/progress/:id/status', async (c) => c.json((await read(c.req.param('id')))[0]))
    .get('/events/:id', (c) =>
      streamSSE(c, async (stream) => {
        while (!stream.aborted) {
          const [status] = await read(c.req.param('id'));
          await stream.writeSSE({ data: JSON.stringify(status) });
          await stream.sleep(1_000);
        }
      }));
}

const handler = kind === 'bare' ? bare() : byQuery().fetch;
const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, handler);
console.log(`ready: http://127.0.0.1:${server.addr.port}`);
Deno.addSignalListener('SIGTERM', () => Deno.exit(0));
