/**
 * The embedded database alone: what the start of the whole program is measured against.
 *
 * @module
 */
import { startEmbeddedPostgres } from '../backend/database/embedded.ts';

const [dataDir = ''] = Deno.args;
const server = await startEmbeddedPostgres({ dataDir });
console.log('ready: alone');
Deno.addSignalListener('SIGTERM', () => void server.stop());
await server.ended;
Deno.exit(0);
