/**
 * A TCP proxy that can fall silent: connections stay open and nothing passes, as with a host that
 * vanished from the network.
 *
 * @module
 */

export interface FreezingProxy extends AsyncDisposable {
  readonly port: number;
  freeze(): void;
  /** New connections pass again; those that were frozen stay silent. */
  thaw(): void;
}

export function startFreezingProxy(target: { hostname: string; port: number }): FreezingProxy {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const connections = new Set<Deno.Conn>();
  let frozen = false;
  const ignore = () => {};

  async function accept(): Promise<void> {
    for await (const client of listener) {
      if (frozen) connections.add(client);
      else void relay(client).catch(ignore);
    }
  }

  async function relay(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect(target);
    connections.add(client).add(server);
    await Promise.all([copy(client, server), copy(server, client)]);
  }

  async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      if (frozen) return await new Promise(() => {});
      await to.write(buffer.subarray(0, count));
    }
    if (!frozen) to.close();
  }

  accept().catch(ignore);
  return {
    port: (listener.addr as Deno.NetAddr).port,
    freeze: () => void (frozen = true),
    thaw: () => void (frozen = false),
    [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // It was closed by its end.
        }
      }
      return Promise.resolve();
    },
  };
}
