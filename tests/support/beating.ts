/**
 * A supervised process of which tests know when it lives; the first one blocks its event loop where
 * `BLOCK_FILE` is given.
 *
 * @module
 */
import { beatToSupervisor } from '../../backend/lifetime/beat.ts';

beatToSupervisor();
console.log(`pid ${Deno.pid}`);
setTimeout(() => {
  console.log('beaten');
  const file = Deno.env.get('BLOCK_FILE');
  if (!file) return;
  try {
    Deno.writeTextFileSync(file, '', { createNew: true });
  } catch {
    return;
  }
  while (true);
}, 1_500);
setInterval(() => {}, 60_000);
Deno.addSignalListener('SIGTERM', () => Deno.exit(0));
