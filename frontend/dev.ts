/**
 * Serves the pages from their sources, with hot reload, and passes requests to the API on to it: a
 * process of `deno task dev`.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createLogger, createServer, type Logger } from 'vite';
import { API_PATH } from '../backend/contract/paths.ts';
import { beatToSupervisor } from '../backend/lifetime/beat.ts';
import { stopWithParent } from '../backend/lifetime/stop-with-parent.ts';
import { SERVES } from '../backend/supervise.ts';

/** What every user may read, unlike the data of the program that starts this one. */
const PUBLIC_UMASK = 0o022;

const { values } = parseArgs({
  options: {
    'with-parent': { type: 'boolean' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    /** Address of the API. */
    api: { type: 'string', default: 'http://127.0.0.1:8000' },
  },
});

if (Deno.build.os !== 'windows') Deno.umask(PUBLIC_UMASK);
// SvelteKit looks for its files in the working directory.
Deno.chdir(fileURLToPath(new URL('.', import.meta.url)));

const server = await createServer({
  customLogger: withoutRefusals(createLogger()),
  server: {
    host: values.host,
    port: Number(values.port),
    strictPort: true,
    // The API compares the host of a request with the page's origin, so that host stays.
    proxy: { [API_PATH.source]: { target: values.api, changeOrigin: false } },
  },
});
await server.listen();
const host = values.host.includes(':') ? `[${values.host}]` : values.host;
console.log(`${SERVES} http://${host}:${values.port}`);
beatToSupervisor();
await stopWithParent(async () => {
  await server.close();
  Deno.exit(0);
});

/** While the API starts again, requests to it get 502, and pages repeat them: no error to log. */
function withoutRefusals(logger: Logger): Logger {
  const isRefusal = (error?: object | null) =>
    !!error && 'code' in error && error.code === 'ECONNREFUSED';
  return {
    ...logger,
    error: (message, options) => isRefusal(options?.error) || logger.error(message, options),
  };
}
