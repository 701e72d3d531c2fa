/**
 * A thread that ends this process when its event loop is blocked: for a process without a
 * supervisor. Other processes take over its jobs, and a service manager restarts it.
 *
 * @module
 */

const BEAT_MS = 1_000;
/** Maximum time without a heartbeat of the event loop, seconds of this thread. */
const BLOCKED_SECONDS = 20;

/** Starts the thread. */
export function endWhenBlocked(seconds: number = BLOCKED_SECONDS): void {
  const thread = new Worker(import.meta.url, { type: 'module', name: 'loop-watch' });
  const beat = () => thread.postMessage(seconds);
  beat();
  Deno.unrefTimer(setInterval(beat, BEAT_MS));
}

function watch(scope: EventTarget): void {
  let seconds = 0;
  let longest = BLOCKED_SECONDS;
  scope.addEventListener('message', (event) => {
    longest = (event as MessageEvent<number>).data;
    seconds = 0;
  });
  setInterval(() => {
    if (++seconds < longest) return;
    console.error('This process ends: its event loop is blocked');
    Deno.kill(Deno.pid, 'SIGKILL');
  }, BEAT_MS);
}

if ('WorkerGlobalScope' in globalThis) watch(globalThis);
