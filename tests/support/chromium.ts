/**
 * The browser for the tests: `CHROMIUM_PATH`, the PATH, else installed by apt where that can be done,
 * else Playwright's own.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium to launch; empty for Playwright's own. */
export async function findChromium(): Promise<string> {
  const given = Deno.env.get('CHROMIUM_PATH');
  if (given) return given;
  return onPath() ?? (await installByApt() ? onPath() : undefined) ?? await installByPlaywright();
}

function onPath(): string | undefined {
  const folders = (Deno.env.get('PATH') ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

async function installByApt(): Promise<boolean> {
  if (Deno.build.os !== 'linux' || Deno.uid() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return false;
  }
  console.log('Installing Chromium by apt …');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await succeeds('apt-get', ['update', '-qq'], env);
  return await succeeds('apt-get', ['install', '-y', '-qq', 'chromium'], env);
}

async function installByPlaywright(): Promise<string> {
  console.log("Installing Playwright's own Chromium …");
  const args = ['run', '-A', 'npm:@playwright/test/cli', 'install', 'chromium'];
  if (await succeeds(Deno.execPath(), args)) return '';
  throw new Error('Found no Chromium: install one, or set CHROMIUM_PATH to it');
}

async function succeeds(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<boolean> {
  const { code } = await new Deno.Command(command, { args, env, stdin: 'null', stdout: 'null' })
    .output();
  return code === 0;
}
