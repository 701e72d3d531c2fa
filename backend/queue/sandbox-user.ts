/**
 * The system user of child processes that read untrusted files.
 *
 * @module
 */

/** Empty for the user of this process. */
export interface SandboxUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** First id of a range that neither Debian nor systemd assigns; each sandbox takes its own. */
const FIRST_ID = 60_578;
const IDS = 128;

/**
 * Returns a separate user if this process is root and that user can access its needs: programs to
 * run, files to read, folders to enter. Otherwise returns the user of this process, and logs the
 * reason.
 */
export async function findSandboxUser(
  needs: { readonly run: string; readonly read: string; readonly enter: readonly string[] },
  log: (message: string) => void,
): Promise<SandboxUser> {
  if (Deno.build.os === 'windows' || Deno.uid() !== 0) return {};
  const id = FIRST_ID + crypto.getRandomValues(new Uint8Array(1))[0]! % IDS;
  const user = { uid: id, gid: id };
  const reach = 'test -x "$1" && test -r "$2" && shift 2 && for d; do cd "$d" || exit 1; done';
  try {
    const { success } = await new Deno.Command('/bin/sh', {
      args: ['-c', reach, 'sh', needs.run, needs.read, ...needs.enter],
      ...user,
      cwd: '/',
      clearEnv: true,
      stdin: 'null',
      stdout: 'null',
      stderr: 'null',
    }).output();
    if (success) return user;
  } catch {
    // On this system, even root cannot change the user.
  }
  log(
    'Files are read as root: another user cannot reach all of ' +
      `${[needs.run, needs.read, ...needs.enter].join(', ')}`,
  );
  return {};
}
