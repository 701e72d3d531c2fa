/** Writes `NOTICE` from what is installed: `deno task notice`. */
import { readInstalled, renderNotice } from './support/licences.ts';

const path = new URL('../NOTICE', import.meta.url);
await Deno.writeTextFile(path, renderNotice(await readInstalled()));
