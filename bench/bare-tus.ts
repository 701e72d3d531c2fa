/**
 * The bare tus server with its file store, as its documentation shows it: what uploads are measured
 * against. With `--sync` it does no more than sync the bytes before it acknowledges them.
 *
 * @module
 */
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const directory = await Deno.makeTempDir({ prefix: 'headway-bare-tus-' });

class SyncingStore extends FileStore {
  override async write(...given: Parameters<FileStore['write']>): Promise<number> {
    const end = await super.write(...given);
    using file = await Deno.open(`${directory}/${given[1]}`, { write: true });
    await file.syncData();
    return end;
  }
}

const Store = Deno.args.includes('--sync') ? SyncingStore : FileStore;
const tus = new Server({ path: '/files', datastore: new Store({ directory }) });
const server = Deno.serve(
  { hostname: '127.0.0.1', port: 0, onListen: () => {} },
  (request) => tus.handleWeb(request),
);
console.log(`ready: http://127.0.0.1:${server.addr.port}/files`);
Deno.addSignalListener('SIGTERM', () => {
  Deno.removeSync(directory, { recursive: true });
  Deno.exit(0);
});
