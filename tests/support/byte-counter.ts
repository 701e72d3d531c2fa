/**
 * A proxy in front of a database that counts the bytes of its answers.
 *
 * @module
 */
import { connect, createServer, type Socket } from 'node:net';

export interface ByteCounter {
  /** The database's address through the proxy. */
  readonly url: string;
  /** Bytes of answers since the start. */
  received(): number;
  close(): Promise<void>;
}

export async function countBytes(databaseUrl: string): Promise<ByteCounter> {
  const target = new URL(databaseUrl);
  let bytes = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    upstream.on('data', (chunk) => void (bytes += chunk.length));
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    url: url.href,
    received: () => bytes,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
