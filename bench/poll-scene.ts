/**
 * What polls are measured in: the real program with tokens and a thousand sessions, and its peers.
 *
 * @module
 */
import { SignJWT } from 'jose';
import { API_BASE, paths } from '../backend/contract/paths.ts';
import type { Database } from '../backend/database/connection.ts';
import { type Program, startProgram } from '../tests/support/processes.ts';
import type { Lane } from './poll-load.ts';

export const SECRET = 'the secret of the bench, long enough';
/** `HEADWAY_BENCH_POLLS=0.2` measures for a fifth of the time, to see that it works. */
export const SHARE = Number(Deno.env.get('HEADWAY_BENCH_POLLS') ?? 1);
export const SESSIONS = 1_000;

export interface Scene {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly url: string;
  readonly pid: number;
  readonly ids: readonly string[];
  readonly folder: string;
}

export async function bearerOf(user: string): Promise<string> {
  const token = new SignJWT({ id: user, jti: crypto.randomUUID() });
  const key = new TextEncoder().encode(SECRET);
  return `Bearer ${await token.setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime(
    '1h',
  ).sign(key)}`;
}

export const statusPath = (id: string): string => `${API_BASE}${paths.sessionStatus(id)}`;

export interface Peer {
  readonly url: string;
  readonly program: Program;
}

export async function startPeer(...args: string[]): Promise<Peer> {
  const program = startProgram({ args: ['bench/poll-peers.ts', ...args] });
  const [, url = ''] = await program.printed(/ready: (\S+)/);
  return { url, program };
}

export async function pollAll(
  lanes: readonly Lane[],
  requests: readonly Uint8Array[],
): Promise<void> {
  await Promise.all(lanes.map(async (lane, at) => {
    for (let n = at; n < requests.length; n += lanes.length) await lane.ask(requests[n]!);
  }));
}

export async function pollFor(
  lanes: readonly Lane[],
  requests: readonly Uint8Array[],
  ms: number,
): Promise<number> {
  const until = performance.now() + ms;
  let polls = 0;
  while (performance.now() < until) {
    const nextAt = performance.now() + 1_000;
    await pollAll(lanes, requests);
    polls += requests.length;
    await pause(nextAt - performance.now());
  }
  return polls;
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
