/**
 * The embedded database on a disk that becomes full: space is left to it, and it recovers.
 *
 * @module
 */
import { afterEach, expect, test } from 'vitest';
import { freeBytes, RESERVED_BYTES } from '../../../backend/folders/reserve.ts';
import { createClient, createDataDir, isOver } from '../../support/installation.ts';
import {
  endPrograms,
  processesBelow,
  signalTo,
  startProgram,
  until,
} from '../../support/processes.ts';
import { mountSmall } from '../../support/small-file-system.ts';

const MB = 1024 * 1024;
const SERVER = /bin\/postgres -D/;

afterEach(endPrograms);

test('a full disk stops uploads and reading before it stops the database', async ({ skip }) => {
  const dataDir = await createDataDir();
  const disk = await mountSmall(dataDir, 'size=520m,mode=755');
  if (typeof disk === 'string') return skip(disk);
  const filler = `${dataDir}/work/filler`;
  /** Fills the disk until so many bytes are free. */
  const leave = async (bytes: number) => {
    await Deno.remove(filler).catch(() => {});
    const filling = new Uint8Array(Math.max(0, await freeBytes(dataDir) - bytes));
    // The program may have taken some of it meanwhile: the disk is full then.
    await Deno.writeFile(filler, filling).catch((error) => {
      if (bytes > 0 || error.code !== 'ENOSPC') throw error;
    });
  };
  try {
    const program = startProgram({
      args: ['backend/main.ts'],
      env: { DATA_DIR: dataDir, PORT: '0' },
    });
    const [, url = ''] = await program.printed(/Headway is ready: (\S+)/);
    await program.printed(/takes jobs as/);
    const client = createClient((path, init) => fetch(`${url}/api/v1${path}`, init));
    const ready = async () => await (await fetch(`${url}/ready`)).json();
    const fileId = await client.upload('before.txt', 'A few words. '.repeat(10));

    await leave(RESERVED_BYTES - 20 * MB);
    await expect(client.upload('after.txt', 'More words')).rejects.toThrow(/507|insufficient/);
    const session = await client.start(await client.createKnowledge(), [fileId]);
    await client.reaches(session, ({ message }) => /no space left/.test(message));
    expect(await ready()).toMatchObject({ waiting: [{ reason: 'storage_full', jobs: 1 }] });

    await leave(0);
    const [server = 0] = processesBelow(program.pid, SERVER);
    signalTo(server, 'SIGKILL');
    await program.printed(/The disk of the database is full/);
    await until('the reason', async () => /disk is full/.test((await ready()).detail));
    expect(processesBelow(program.pid, SERVER)).toEqual([]);

    await Deno.remove(filler);
    await program.printed(/The database runs again/);
    expect(await client.reaches(session, isOver)).toMatchObject({
      status: 'completed',
      attempt: 1,
    });
    expect(program.output.match(/The disk of the database is full/g)).toHaveLength(1);
    program.kill('SIGTERM');
    await program.ended;
  } finally {
    await endPrograms({ task: {} });
    await disk[Symbol.asyncDispose]();
    await Deno.remove(dataDir, { recursive: true });
  }
});
