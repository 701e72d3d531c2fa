/**
 * The operators' command line: `deno task admin <command>`.
 *
 * @module
 */
import { runAdmin } from './admin/run.ts';
import { readConfig } from './config.ts';

if (import.meta.main) {
  // Backups and restored files stay closed to other users. Windows has no umask.
  if (Deno.build.os !== 'windows') Deno.umask(0o077);
  const code = await runAdmin(Deno.args, () => readConfig(Deno.env.toObject()), {
    print: (text) => console.log(text),
    complain: (text) => console.error(text),
  });
  Deno.exit(code);
}
