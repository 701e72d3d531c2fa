/**
 * Times during a run in which the worker did not reach its database: what they cost is neither the
 * job's fault nor its worker's.
 *
 * @module
 */
import { describeError } from '../log/describe-error.ts';
import { LostClaim } from './boss.ts';
import { isDatabaseFailure } from './failure-policy.ts';

/** Whether the database is out of reach, or was until a claim turned out to be lost. */
export class Outage {
  #seen = false;

  /** A claim that is lost from now on was lost to the outage. */
  get seen(): boolean {
    return this.#seen;
  }

  /** Takes an error for an outage where it is one. Returns whether it is. */
  note(error: unknown): boolean {
    const isOutage = isDatabaseFailure(error);
    this.#seen ||= isOutage;
    return isOutage;
  }

  /** The database answers, and the claim still stands. */
  end(): void {
    this.#seen = false;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Between two attempts to reach the database, milliseconds. */
const PAUSE = { least: 250, most: 5_000 };

/** Does `work`, again and again until the database answers or the worker is to stop. */
export async function afterOutage<T>(
  { outage, log }: { readonly outage: Outage; readonly log: (message: string) => void },
  name: string,
  stop: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  // A worker that is told to stop cannot wait for longer.
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
