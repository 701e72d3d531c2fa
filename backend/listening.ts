/**
 * The address that the program listens on.
 *
 * @module
 */
import type { Config } from './config.ts';

type Address = Pick<Config, 'host' | 'port'>;

/**
 * A free port, or the one that is asked for: tried by a listener of its own, for one that shares a port
 * does not notice that another program has it already.
 *
 * @throws Error that says what to do, where it is taken or the address cannot be had
 */
export function claimPort(address: Address): number {
  return explained(address, () => {
    using listener = Deno.listen({ hostname: address.host, port: address.port });
    return listener.addr.port;
  });
}

/** Runs `listen`. Throws why it is not possible, in a sentence. */
export function explained<T>({ host, port }: Address, listen: () => T): T {
  try {
    return listen();
  } catch (cause) {
    throw new Error(`Could not listen on port ${port} of ${host}: ${adviceOn(cause)}`, { cause });
  }
}

function adviceOn(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return 'another program has it: set PORT to another one, or to 0 for any free one';
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return 'this machine has no such address: set HOST to one that it has';
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return 'it needs more rights: set PORT to 1024 or more';
  }
  return error instanceof Error ? error.message : `${error}`;
}
