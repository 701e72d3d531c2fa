/**
 * A line to the program that can be cut: browsers' own "offline" lets go on what is under way.
 *
 * @module
 */

export interface Line extends AsyncDisposable {
  readonly url: string;
  /** Breaks every connection, and lets no other through. */
  cut(): void;
  restore(): void;
}

/** Opens a line to `target`, an address with host and port. */
export function openLine(target: string): Line {
  const { hostname, port } = new URL(target);
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const open = new Set<Deno.Conn>();
  let isCut = false;

  function close(...connections: Deno.Conn[]): void {
    for (const connection of connections) {
      if (!open.delete(connection)) continue;
      connection.close();
    }
  }

  async function carry(near: Deno.Conn): Promise<void> {
    open.add(near);
    if (isCut) return close(near);
    const far = await Deno.connect({ hostname, port: Number(port) });
    open.add(far);
    const both = [near.readable.pipeTo(far.writable), far.readable.pipeTo(near.writable)];
    await Promise.race(both).catch(() => {});
    close(near, far);
    await Promise.allSettled(both);
  }

  async function listen(): Promise<void> {
    for await (const connection of listener) carry(connection).catch(() => {});
  }

  const listening = listen();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    cut() {
      isCut = true;
      close(...open);
    },
    restore() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      close(...open);
      await listening;
    },
  };
}
