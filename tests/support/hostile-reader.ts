/**
 * A reader that a hostile file has taken over: instead of reading, it tries what it must not be able
 * to do. The request's `name` holds what to aim at, and the failure it answers with what came of it.
 *
 * @module
 */
import { text } from '../../backend/contract/messages/catalogue.ts';
import nodeProcess from 'node:process';
import { readFileSync } from 'node:fs';
import { type ChildRequest, decodeLines, encodeLine } from '../../backend/processing/protocol.ts';

export interface Targets {
  /** An upload of somebody else, and a folder of the installation. */
  readonly upload: string;
  readonly folder: string;
  /** A port that listens on loopback. */
  readonly port: number;
}

function attempts(input: string, { upload, folder, port }: Targets): Record<string, () => unknown> {
  return {
    'read its input': () => Deno.readTextFile(input),
    'read /etc/passwd': () => Deno.readTextFile('/etc/passwd'),
    'read through node': () => readFileSync('/etc/passwd', 'utf8'),
    'read another upload': () => Deno.readTextFile(upload),
    'list uploads': () => Array.fromAsync(Deno.readDir(folder)),
    'read the environment': () => Deno.env.get('AUTH_SECRET'),
    'read the environment through node': () => nodeProcess.env.DATABASE_URL,
    'list the environment': () => JSON.stringify(Deno.env.toObject()),
    'read the environment of the process': () => Deno.readTextFile('/proc/self/environ'),
    'read the environment of the parent': () => Deno.readTextFile(`/proc/${Deno.ppid}/environ`),
    'open a socket': async () => (await Deno.connect({ port })).close(),
    'listen': () => Deno.listen({ port: 0 }).close(),
    'fetch': () => fetch(`http://127.0.0.1:${port}/`),
    'import from the network': () => import(`https://deno.land/${input.slice(1, 2)}.ts`),
    'look up a name': () => Deno.resolveDns('example.com', 'A'),
    'write a file': () => Deno.writeTextFile(`${folder}/written`, 'x'),
    'change its input': () => Deno.writeTextFile(input, 'x'),
    'remove another upload': () => Deno.remove(upload),
    'make a link to another upload': () => Deno.symlink(upload, `${input}.link`),
    'run a program': () => new Deno.Command('/bin/sh', { args: ['-c', 'id'] }).output(),
    'load native code': () => Deno.dlopen('libc.so.6', {}),
    'end its parent': () => Deno.kill(Deno.ppid, 'SIGCONT'),
  };
}

async function outcome(attempt: () => unknown): Promise<string> {
  try {
    return `${await attempt()}`;
  } catch (error) {
    return error instanceof Deno.errors.NotCapable ? 'refused' : `${error}`;
  }
}

const output = Deno.stdout.writable.getWriter();
for await (const request of decodeLines<ChildRequest>(Deno.stdin.readable)) {
  const { path, name } = request.type === 'detect' ? request : request.input;
  const found: Record<string, string> = {};
  for (const [what, attempt] of Object.entries(attempts(path, JSON.parse(name)))) {
    found[what] = await outcome(attempt);
  }
  const reason = text(JSON.stringify(found));
  await output.write(encodeLine({ type: 'failed', code: 'broken_file', reason }));
}
