/**
 * A guard: a tiny shell that ends this process's child processes when this process is gone, for any
 * reason. It detects that by the end of its standard input, which only this process holds open.
 *
 * It also works if this process is stopped, or its event loop is blocked.
 *
 * @module
 */

/** Signal that ends a process. Databases end last, because others hand their work back to them. */
export type EndSignal = 'SIGTERM' | 'SIGINT';

/**
 * Grace period before a process is killed, seconds. Before that, SIGQUIT has a database kill its
 * own processes, which it does after five seconds: one that outlived it would keep the next start
 * from its data.
 */
const GRACE = { SIGTERM: 10, SIGINT: 30, SIGQUIT: 10 } as const;

/** Reads lines `<signal> <pid>`, and `- <pid>` for one that has ended. */
const SCRIPT = `
trap '' HUP INT TERM
first= last=
without() {
  gone=$1; shift; rest=
  for each; do [ "$each" = "$gone" ] || rest="$rest $each"; done
}
while read -r what pid; do
  case $what in
    SIGTERM) first="$first $pid" ;;
    SIGINT) last="$last $pid" ;;
    -) without "$pid" $first; first=$rest; without "$pid" $last; last=$rest ;;
  esac
done
send() {
  signal=$1; shift
  [ $# -eq 0 ] || kill -s "$signal" "$@" 2>/dev/null
}
await() {
  turns=$(($1 * 5)); shift
  while [ $# -gt 0 ] && [ "$turns" -gt 0 ]; do
    left=
    for each; do kill -0 "$each" 2>/dev/null && left="$left $each"; done
    set -- $left
    turns=$((turns - 1))
    [ $# -eq 0 ] || sleep 0.2
  done
  left=$*
}
below() {
  [ $# -gt 0 ] || return 0
  for stat in /proc/[0-9]*/stat; do
    read -r pid name state parent rest 2>/dev/null < "$stat" || continue
    for each; do [ "$each" != "$parent" ] || echo "$pid"; done
  done
}
send TERM $first
await ${GRACE.SIGTERM} $first
send KILL $left
send INT $last
send CONT $last $(below $last)
await ${GRACE.SIGINT} $last
send QUIT $left
send CONT $left
await ${GRACE.SIGQUIT} $left
send KILL $(below $left) $left
`;

/** Releases an ended process from the guard: its id may be reused. */
export type Release = () => void;

const guarded = new Map<number, EndSignal>();
let guard: WritableStreamDefaultWriter<Uint8Array> | null = null;

/**
 * Makes a process end with this one. Call it right after the start, and release it after the end of
 * that process. Windows has no such shell: nothing is guarded there.
 */
export function endWithUs(pid: number, signal: EndSignal = 'SIGTERM'): Release {
  if (Deno.build.os === 'windows') return () => {};
  guarded.set(pid, signal);
  if (guard) tell(`${signal} ${pid}`);
  else startGuard();
  return () => {
    if (guarded.delete(pid)) tell(`- ${pid}`);
  };
}

function tell(line: string): void {
  guard?.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
}

/** Starts another guard if this one ends before the process. */
function startGuard(): void {
  const child = spawnShell();
  child.unref();
  guard = child.stdin.getWriter();
  for (const [pid, signal] of guarded) tell(`${signal} ${pid}`);
  child.status.then(() => {
    guard = null;
    if (guarded.size > 0) startGuard();
  });
}

function spawnShell(): Deno.ChildProcess {
  return new Deno.Command('sh', {
    args: ['-c', SCRIPT, 'headway-guard'],
    // A session of its own: no signal to the group or from the terminal reaches it.
    detached: true,
    cwd: '/',
    stdin: 'piped',
    stdout: 'null',
    stderr: 'null',
  }).spawn();
}

/** {@link Deno.Command.output} of a process that ends with this one. */
export async function outputOf(command: Deno.Command): Promise<Deno.CommandOutput> {
  const child = command.spawn();
  const release = endWithUs(child.pid);
  try {
    return await child.output();
  } finally {
    release();
  }
}
