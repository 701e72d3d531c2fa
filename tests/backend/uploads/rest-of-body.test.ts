/**
 * The connection of a refused request whose body has no end, over a real one.
 */
import { expect, test } from 'vitest';
import { discardRest } from '../../../backend/uploads/rest-of-body.ts';

const MB = 1024 * 1024;

/** Sends `head` and then `piece` again and again until the server closes; everything it answered. */
async function sendEndlessly(port: number, head: string, piece: Uint8Array): Promise<string> {
  using connection = await Deno.connect({ hostname: '127.0.0.1', port });
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  };
  const send = async () => {
    await write(new TextEncoder().encode(head));
    while (true) await write(piece);
  };
  let answer = '';
  const read = async () => {
    const chunk = new Uint8Array(4096);
    for (let length = await connection.read(chunk); length; length = await connection.read(chunk)) {
      answer += new TextDecoder().decode(chunk.subarray(0, length));
    }
  };
  const [, sent] = await Promise.allSettled([read(), send()]);
  expect(sent.status).toBe('rejected');
  return answer;
}

const zeros = new Uint8Array(MB);
const frame = (text: string) => new TextEncoder().encode(text);
test.each([
  ['of a length', 'content-length: 1000000000000', zeros],
  ['of chunks', 'transfer-encoding: chunked', frame(`ffff\r\n${'x'.repeat(0xffff)}\r\n`)],
])('a body %s without end is answered, and its connection closed', async (_how, length, piece) => {
  await using server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen: () => {} },
    ({ body }) => {
      discardRest(body!.getReader(), { bytes: 4 * MB, ms: 500 });
      return new Response('refused', { status: 403 });
    },
  );
  const head = `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n${length}\r\n\r\n`;
  expect(await sendEndlessly(server.addr.port, head, piece)).toMatch(/^HTTP\/1.1 403 [^]*refused/);
});
