/**
 * The program with pages that are never up to date and cannot be built.
 *
 * @module
 */
const { readTextFile } = Deno;
Deno.readTextFile = (path, options) =>
  `${path}`.endsWith('.sources') ? Promise.resolve('') : readTextFile(path, options);

const { Command } = Deno;
Deno.Command = class extends Command {
  constructor(command: string | URL, options: Deno.CommandOptions = {}) {
    super(options.args?.includes('npm:vite') ? 'false' : command, options);
  }
};

await import('../../backend/main.ts');
