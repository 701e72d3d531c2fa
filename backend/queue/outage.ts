/**
 * Database outages during a run. Their costs are charged to neither the job nor its worker.
 *
 * @module
 */
import { describeError } from '../log/describe-error.ts';
import { LostClaim } from './boss.ts';
import { isDatabaseFailure } from './failure-policy.ts';

/**
 * Record of an outage: set while the database is unreachable, cleared by a heartbeat with a valid
 * claim.
 */
export class Outage {
  #seen = false;

  /** True if a claim lost now was lost to the outage. */
  get seen(): boolean {
    return this.#seen;
  }

  /** Records an error if it is an outage. Returns true if it is. */
  note(error: unknown): boolean {
    const isOutage = isDatabaseFailure(error);
    this.#seen ||= isOutage;
    return isOutage;
  }

  /** Ends the outage: the database responds, and the claim is valid. */
  end(): void {
    this.#seen = false;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Between two attempts to reach the database, milliseconds. */
const PAUSE = { least: 250, most: 5_000 };

/** Retries `work` until the database responds or the worker must stop. */
export async function afterOutage<T>(
  { outage, log }: { readonly outage: Outage; readonly log: (message: string) => void },
  name: string,
  stop: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  // A lost claim does not stop the retries; a stopping worker cannot wait longer.
  const ended = stop.reason instanceof LostClaim ? new AbortController().signal : stop;
  let waits = false;
  for (let ms = PAUSE.least;; ms = Math.min(PAUSE.most, 2 * ms)) {
    try {
      return await work();
    } catch (error) {
      if (!outage.note(error) || ended.aborted) throw error;
      if (!waits) log(`${name} waits for the database: ${describeError(error as Error)}`);
      waits = true;
    }
    await pause(ms);
  }
}
