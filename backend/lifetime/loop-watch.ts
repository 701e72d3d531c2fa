/**
 * A thread that ends this process when its event loop is blocked: for a process that nothing
 * supervises. Its jobs are taken over, and a service manager starts it again.
 *
 * @module
 */

const BEAT_MS = 1_000;
/** No heartbeat of the event loop for this long, seconds of this thread. */
const BLOCKED_SECONDS = 20;

/** Starts the thread. */
export function endWhenBlocked(): void {
  const thread = new Worker(import.meta.url, { type: 'module', name: 'loop-watch' });
  Deno.unrefTimer(setInterval(() => thread.postMessage(null), BEAT_MS));
}

function watch(scope: EventTarget): void {
  let seconds = 0;
  scope.addEventListener('message', () => seconds = 0);
  setInterval(() => {
    if (++seconds < BLOCKED_SECONDS) return;
    console.error('This process ends: its event loop is blocked');
    Deno.kill(Deno.pid, 'SIGKILL');
  }, BEAT_MS);
}

if ('WorkerGlobalScope' in globalThis) watch(globalThis);
