/**
 * A pooler in transaction mode, as small as it can be: each transaction of a client runs on whichever
 * session of the server is free.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';

export interface TransactionPooler {
  readonly url: string;
  close(): Promise<void>;
}

/** A session of the server, signed in. */
interface Session {
  readonly client: pg.Client;
  onBytes: (bytes: Buffer) => void;
}

const READY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);
const TERMINATE = 'X'.charCodeAt(0);
const SSL_REQUEST = 80_877_103;

export async function startTransactionPooler(
  url: string,
  { sessions: count = 2 } = {},
): Promise<TransactionPooler> {
  const free: Session[] = [];
  const waiting: ((session: Session) => void)[] = [];
  const sessions = await Promise.all(Array.from({ length: count }, () => open(url)));
  for (const session of sessions) free.push(session);

  const take = () => {
    const session = free.pop();
    if (session) return Promise.resolve(session);
    const { promise, resolve } = Promise.withResolvers<Session>();
    waiting.push(resolve);
    return promise;
  };
  const give = (session: Session) => {
    const next = waiting.shift();
    if (next) next(session);
    else free.push(session);
  };

  const server = createServer((socket) => serve(socket, take, give));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = new URL(url);
  target.hostname = '127.0.0.1';
  target.port = `${(server.address() as { port: number }).port}`;
  return {
    url: target.href,
    async close() {
      await closed(server);
      for (const { client } of sessions) client.connection.stream.destroy();
    },
  };
}

async function open(url: string): Promise<Session> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { stream } = client.connection;
  // From here on the bytes are the clients', and the driver sees none of them.
  stream.removeAllListeners('data');
  const session: Session = { client, onBytes: () => {} };
  stream.on('data', (bytes: Buffer) => session.onBytes(bytes));
  return session;
}

/** Signs a client in without the server, then hands its transactions on one by one. */
function serve(
  socket: Socket,
  take: () => Promise<Session>,
  give: (session: Session) => void,
): void {
  let started = false;
  let session: Session | null = null;
  let taking: Promise<void> | null = null;
  let unsent: Buffer[] = [];
  socket.on('error', () => {});

  const send = (bytes: Buffer) => {
    if (session) {
      session.client.connection.stream.write(bytes);
      return;
    }
    unsent.push(bytes);
    taking ??= take().then((taken) => {
      [session, taking] = [taken, null];
      const split = splitter((type, message) => {
        socket.write(message);
        if (type !== READY || message[5] !== IDLE) return;
        session = null;
        give(taken);
      });
      taken.onBytes = split;
      for (const bytes of unsent) taken.client.connection.stream.write(bytes);
      unsent = [];
    });
  };
  const split = splitter((type, message) => {
    if (type === TERMINATE) socket.end();
    else send(message);
  });

  socket.on('data', (bytes: Buffer) => {
    if (started) return split(bytes);
    if (bytes.readInt32BE(4) === SSL_REQUEST) return void socket.write('N');
    started = true;
    socket.write(Buffer.concat([
      message('R', Buffer.from([0, 0, 0, 0])),
      message('K', Buffer.alloc(8)),
      message('Z', Buffer.from('I')),
    ]));
  });
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Cuts a stream into messages of the protocol. */
function splitter(onMessage: (type: number, message: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 5 && rest.length >= rest.readInt32BE(1) + 1) {
      const end = rest.readInt32BE(1) + 1;
      const one = rest.subarray(0, end);
      rest = rest.subarray(end);
      onMessage(one[0] ?? 0, one);
    }
  };
}

function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}
