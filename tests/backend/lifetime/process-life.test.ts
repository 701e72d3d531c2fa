import { expect, test } from 'vitest';
import { isGone, ownProcess } from '../../../backend/lifetime/process-life.ts';
import { isAlive, signalTo, startProgram, until } from '../../support/processes.ts';

const MODULE = new URL('../../../backend/lifetime/process-life.ts', import.meta.url).href;
const SAYS_ITSELF = `data:text/javascript,
  const { ownProcess } = await import('${MODULE}');
  console.log('I am', await ownProcess());
  setInterval(() => {}, 60_000);`;

const own = await ownProcess();

test.skipIf(own === null)(
  'a process is gone when it was killed, not while it is frozen',
  async () => {
    const program = startProgram({ args: [SAYS_ITSELF] });
    const [, process] = await program.printed(/I am (\S+)/);
    expect(await isGone(process!)).toBe(false);
    signalTo(program.pid, 'SIGSTOP');
    expect(await isGone(process!)).toBe(false);
    program.kill('SIGKILL');
    await program.ended;
    await until('its end', () => !isAlive(program.pid));
    expect(await isGone(process!)).toBe(true);
  },
);

test.skipIf(own === null)(
  'this one lives; one that had its id is gone; of others nothing is known',
  async () => {
    const [boot, namespace, pid, startedAt] = own!.split('/');
    expect(await isGone(own!)).toBe(false);
    expect(await isGone(`${boot}/${namespace}/${pid}/${Number(startedAt) - 1}`)).toBe(true);
    expect(await isGone(`another-boot/${namespace}/${pid}/1`)).toBe(false);
    expect(await isGone(`${boot}/pid:[1]/${pid}/1`)).toBe(false);
    for (const rubbish of ['', '/', 'x', `${own}/1`, `${boot}/${namespace}/../1`]) {
      expect(await isGone(rubbish)).toBe(false);
    }
  },
);
