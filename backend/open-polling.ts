/**
 * Caches that serve the polls of one process.
 *
 * @module
 */
import type { Authorize } from './access/permissions.ts';
import type { Rates } from './access/rates.ts';
import { startConfirming } from './access/confirming.ts';
import { Rights } from './access/rights.ts';
import { SignIns } from './access/sign-ins.ts';
import type { TokenOptions } from './access/tokens.ts';
import type { Database } from './database/connection.ts';
import type { Load } from './http/load.ts';
import { ReadyAnswers } from './http/ready-answers.ts';
import type { RequestEntry } from './http/request-log.ts';
import type { Services } from './http/services.ts';
import { Wheel } from './http/wheel.ts';
import { openBoard } from './progress/open-board.ts';

export interface PollingOptions {
  readonly tokens: TokenOptions | null;
  readonly authorize?: Authorize | undefined;
  readonly allowedOrigins: readonly string[];
  readonly rates: Rates;
  readonly load: Load;
  readonly staleSeconds: number;
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
}

type Polling = Pick<
  Services,
  'board' | 'rights' | 'accessChanged' | 'signIns' | 'ready' | 'wheel'
>;

export async function openPolling(
  db: Database,
  options: PollingOptions,
): Promise<{ polling: Polling; stop(): Promise<void> }> {
  const { tokens, authorize, allowedOrigins, rates, load, onRequest, staleSeconds } = options;
  const wheel = new Wheel();
  const opened = await openBoard(db, staleSeconds);
  const { board } = opened;
  const rights = new Rights(db, { authorize });
  const signIns = tokens && new SignIns(db, tokens, { authorize });
  const confirming = await startConfirming(db, rights, signIns);
  const varyByOrigin = allowedOrigins.length > 0;
  const ready = signIns &&
    new ReadyAnswers({ board, rights, signIns, rates, load, varyByOrigin, onRequest });
  return {
    polling: { board, rights, accessChanged: confirming.changed, signIns, ready, wheel },
    async stop() {
      await opened.stop();
      wheel.stop();
      await confirming.stop();
    },
  };
}
