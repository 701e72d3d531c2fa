/**
 * A way to a server that can fall silent: it takes connections and bytes, and nothing comes of them.
 *
 * @module
 */

export interface Way {
  /** The address of the server, by this way. */
  readonly url: string;
  /** Connections that were made so far. */
  readonly made: number;
  /** From here on nothing is handed on, in connections that are open and in new ones. */
  silence(): void;
  /** Only connections that are open now fall silent. */
  silenceOpen(): void;
  /** New connections are handed on again; those that fell silent stay silent. */
  resume(): void;
  /** Closes what fell silent, as a server does after a while. */
  cutSilent(): void;
  /** Closes all connections that are open now. */
  cut(): void;
  close(): void;
}

interface Pair {
  silent: boolean;
  readonly ends: readonly Deno.TcpConn[];
}

export function openWay(url: string): Way {
  const target = new URL(url);
  const to = { hostname: target.hostname, port: Number(target.port) };
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const pairs = new Set<Pair>();
  let silent = false;
  let made = 0;

  async function hand(from: Deno.TcpConn, over: Deno.TcpConn, pair: Pair): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
      let sent = 0;
      while (!pair.silent && sent < read) sent += await over.write(buffer.subarray(sent, read));
    }
    // The end of a silent connection is not told either.
    if (!pair.silent) closeAll([over]);
  }

  async function accept(): Promise<void> {
    for await (const client of listener) {
      made++;
      const server = await Deno.connect(to).catch(() => null);
      if (!server) {
        closeAll([client]);
        continue;
      }
      const pair = { silent, ends: [client, server] };
      pairs.add(pair);
      hand(client, server, pair).catch(() => closeUnlessSilent(pair));
      hand(server, client, pair).catch(() => closeUnlessSilent(pair));
    }
  }
  accept().catch(() => {});

  target.hostname = '127.0.0.1';
  target.port = `${listener.addr.port}`;
  const cut = () => {
    for (const { ends } of pairs) closeAll(ends);
    pairs.clear();
  };
  const silenceOpen = () => pairs.forEach((pair) => pair.silent = true);
  return {
    url: target.href,
    get made() {
      return made;
    },
    silence() {
      silent = true;
      silenceOpen();
    },
    silenceOpen,
    resume: () => silent = false,
    cutSilent() {
      for (const { silent, ends } of pairs) if (silent) closeAll(ends);
    },
    cut,
    close() {
      listener.close();
      cut();
    },
  };
}

function closeUnlessSilent({ silent, ends }: Pair): void {
  if (!silent) closeAll(ends);
}

function closeAll(ends: readonly Deno.TcpConn[]): void {
  for (const end of ends) {
    try {
      end.close();
    } catch {
      // It was closed from the other side.
    }
  }
}
