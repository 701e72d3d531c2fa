/**
 * The address that the program listens on.
 *
 * @module
 */
import type { Config } from './config.ts';

type Address = Pick<Config, 'host' | 'port'>;

/**
 * Returns a free port, or the requested one. Tests it with a separate listener, because one that
 * shares its port does not detect that another program uses it.
 *
 * @throws Error that says what to do, where it is taken or the address cannot be had
 */
export function claimPort(address: Address): number {
  return explained(address, () => {
    using listener = Deno.listen({ hostname: address.host, port: address.port });
    return listener.addr.port;
  });
}

/** Runs `listen`. Throws an error that explains why it failed. */
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
