/**
 * The bare tus server with its file store, as its documentation shows it: what uploads are measured
 * against.
 *
 * @module
 */
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const directory = await Deno.makeTempDir({ prefix: 'headway-bare-tus-' });
const tus = new Server({ path: '/files', datastore: new FileStore({ directory }) });
const server = Deno.serve(
  { hostname: '127.0.0.1', port: 0, onListen: () => {} },
  (request) => tus.handleWeb(request),
);
console.log(`ready: http://127.0.0.1:${server.addr.port}/files`);
Deno.addSignalListener('SIGTERM', () => {
  Deno.removeSync(directory, { recursive: true });
  Deno.exit(0);
});
