/**
 * The operators' command line: `deno task admin <command>`.
 *
 * @module
 */
import { runAdmin } from './admin/run.ts';
import { readConfig } from './config.ts';

if (import.meta.main) {
  const code = await runAdmin(Deno.args, () => readConfig(Deno.env.toObject()), {
    print: (text) => console.log(text),
    complain: (text) => console.error(text),
  });
  Deno.exit(code);
}
