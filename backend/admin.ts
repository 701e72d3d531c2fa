/**
 * The operators' command line: `deno task admin <command>`.
 *
 * @module
 */
import { runAdmin } from './admin/run.ts';
import { readConfig } from './config.ts';
import { closeToOthers } from './folders/umask.ts';

if (import.meta.main) {
  closeToOthers();
  const code = await runAdmin(Deno.args, () => readConfig(Deno.env.toObject()), {
    print: (text) => console.log(text),
    complain: (text) => console.error(text),
  });
  Deno.exit(code);
}
