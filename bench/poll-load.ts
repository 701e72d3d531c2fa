/**
 * Polls over raw TCP: requests that were written beforehand, and answers that are only counted. The
 * usual generators take longer for a request than the server does; on two cores they would be what
 * is measured.
 *
 * @module
 */

export interface Rate {
  readonly perSecond: number;
  /** Time of the core that the server used for one answer. */
  readonly serverMicros: number;
  /** Share of a core that the generator used: near 1, it is what limits. */
  readonly generator: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly ms: number;
  /** The server's process. */
  readonly pid: number;
}

/** Asks as fast as the answers come, over so many connections. */
export async function measureRate(options: LoadOptions): Promise<Rate> {
  const { url, path, headers, connections, ms, pid } = options;
  const request = requestOf(url, path, headers);
  let answered = 0;
  let stopped = false;
  const lanes = await Promise.all(
    Array.from({ length: connections }, () => openLane(url, request)),
  );
  const running = lanes.map(async (lane) => {
    while (!stopped) {
      await lane.ask(request);
      answered++;
    }
    lane.close();
  });
  const [cpu, own, startedAt] = [cpuSeconds(pid), cpuSeconds(Deno.pid), performance.now()];
  answered = 0;
  await new Promise((resolve) => setTimeout(resolve, ms));
  const [count, seconds] = [answered, (performance.now() - startedAt) / 1_000];
  const [server, generator] = [cpuSeconds(pid) - cpu, cpuSeconds(Deno.pid) - own];
  stopped = true;
  await Promise.all(running);
  return {
    perSecond: count / seconds,
    serverMicros: 1e6 * server / count,
    generator: generator / seconds,
  };
}

/** A connection whose answers mostly have the length of the one before; others are read too. */
export interface Lane {
  /** Sends a request and waits for its answer. */
  ask(request: Uint8Array): Promise<void>;
  close(): void;
}

const END = new TextEncoder().encode('\r\n\r\n');

export function requestOf(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Uint8Array {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(
    `GET ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${lines.join('')}\r\n`,
  );
}

export async function openLane(url: string, first?: Uint8Array): Promise<Lane> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  connection.setNoDelay(true);
  const buffer = new Uint8Array(64 * 1024);
  const decoder = new TextDecoder();
  let last = { head: 0, bytes: 0 };

  async function receive(): Promise<number> {
    const read = await connection.read(buffer);
    if (read === null) throw new Error(`The server closed the connection: ${url}`);
    return read;
  }

  async function ask(request: Uint8Array): Promise<void> {
    await connection.write(request);
    let read = await receive();
    // Reading each head would make the generator what limits.
    if (read === last.bytes && endsHead(buffer, last.head)) return;
    // The head comes in one piece.
    const head = headEnd(buffer, read);
    const bytes = head + lengthIn(decoder.decode(buffer.subarray(0, head)));
    last = { head, bytes };
    for (let rest = bytes - read; rest > 0; rest -= read) read = await receive();
  }

  if (first) await ask(first);
  return { ask, close: () => connection.close() };
}

function headEnd(bytes: Uint8Array, length: number): number {
  for (let end = END.length; end <= length; end++) if (endsHead(bytes, end)) return end;
  throw new Error('The head of an answer came in pieces');
}

const endsHead = (bytes: Uint8Array, end: number): boolean =>
  END.every((byte, at) => bytes[end - END.length + at] === byte);

const lengthIn = (head: string): number =>
  Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);

/** Time that all threads of a process have used so far (Linux). */
export function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
