/**
 * `deno task chaos`: random faults below the real program, and whether everything ends well.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos/run.ts';

const { values } = parseArgs({
  args: Deno.args.filter((arg) => arg !== '--'),
  options: {
    faults: { type: 'string', default: '100' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    output: { type: 'string' },
  },
});
const [faults, seed] = [Number(values.faults), Number(values.seed)];
if (!Number.isInteger(faults) || faults < 0 || !Number.isInteger(seed)) {
  console.error('Usage: deno task chaos [--faults N] [--seed N] [--output FILE]');
  Deno.exit(2);
}
console.log(`${faults} faults with seed ${seed}`);
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  Deno.addSignalListener(name, () => stopping.abort());
}
const options = { faults, seed, log: console.log, signal: stopping.signal };
const { problems, output, files, looks } = await runChaos(options);
if (values.output) await Deno.writeTextFile(values.output, output);
for (const problem of problems) console.error(`PROBLEM: ${problem}`);
console.log(`${files} files, ${looks} looks, ${problems.length} problems (seed ${seed})`);
Deno.exit(problems.length === 0 ? 0 : 1);
