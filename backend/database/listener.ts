/**
 * Receives notifications (LISTEN) on a connection of its own, which reconnects after a loss.
 *
 * @module
 */
import type { Notification } from 'pg';
import { closeClient, type DatabaseClient, openClient } from './client.ts';
import { ConnectionLost } from './error-code.ts';

export interface Subscription {
  unlisten(): Promise<void>;
}

interface Subscriber {
  readonly channel: string;
  onPayload(payload: string): void;
  /** Called after every (re)connect: earlier notifications were missed. */
  onListen(): void;
  /** Called when the connection is lost: from here on notifications are missed. */
  onLost(): void;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 1_000;
/** Interval between two checks that notifications arrive. */
const ECHO_MS = 10_000;
/** Timeout of an echo after the response to its statement. */
const ECHO_WAIT_MS = 5_000;

export interface ListenerOptions {
  /** @default 10_000 */
  readonly echoMs?: number;
}

/** One connection for all channels of a process, opened with the first subscription. */
export class Listener {
  readonly #subscribers = new Set<Subscriber>();
  readonly #stopping = new AbortController();
  readonly #echo = `headway_echo_${crypto.randomUUID().replaceAll('-', '')}`;
  readonly #echoMs: number;
  #echoed = Promise.withResolvers<void>();
  #client: DatabaseClient | null = null;
  #running: Promise<void> | null = null;

  constructor(
    private readonly url: string,
    private readonly name: string,
    { echoMs = ECHO_MS }: ListenerOptions = {},
  ) {
    this.#echoMs = echoMs;
  }

  /** Resolves when the channel is subscribed; it stays so except during a reconnect. */
  async listen(
    channel: string,
    onPayload: (payload: string) => void,
    onListen: () => void = () => {},
    onLost: () => void = () => {},
  ): Promise<Subscription> {
    const listening = Promise.withResolvers<void>();
    const subscriber: Subscriber = {
      channel,
      onPayload,
      onListen() {
        listening.resolve();
        onListen();
      },
      onLost,
    };
    this.#subscribers.add(subscriber);
    if (this.#client) await this.#hear(this.#client, subscriber).catch(() => {});
    this.#running ??= this.#run();
    await listening.promise;
    return { unlisten: () => Promise.resolve(void this.#subscribers.delete(subscriber)) };
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    if (this.#client) await closeClient(this.#client);
    await this.#running;
  }

  async #run(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!this.#stopping.signal.aborted) {
      const connected = await this.#stayConnected();
      delayMs = connected ? FIRST_DELAY_MS : Math.min(LONGEST_DELAY_MS, delayMs * 2);
      await pause(delayMs, this.#stopping.signal);
    }
  }

  /** Returns when the connection is lost, or could not be opened; true if it had been opened. */
  async #stayConnected(): Promise<boolean> {
    let client: DatabaseClient | null = null;
    try {
      client = await openClient(this.url, { name: this.name });
      const lost = new AbortController();
      client.on('end', () => lost.abort());
      client.on('notification', (message) => this.#deliver(message));
      await client.run({ text: `listen ${this.#echo}` });
      for (const subscriber of this.#subscribers) await this.#hear(client, subscriber);
      this.#client = client;
      await this.#prove(client, lost.signal);
      return true;
    } catch {
      return this.#client !== null;
    } finally {
      if (this.#client) this.#subscribers.forEach((subscriber) => subscriber.onLost());
      this.#client = null;
      if (client) await closeClient(client);
    }
  }

  /** Resolves when the connection is lost. Throws if notifications no longer arrive on it. */
  async #prove(client: DatabaseClient, lost: AbortSignal): Promise<void> {
    const over = AbortSignal.any([lost, this.#stopping.signal]);
    while (!over.aborted) {
      this.#echoed = Promise.withResolvers();
      await client.run({ text: 'select pg_notify($1, $2) as echo', values: [this.#echo, ''] });
      const waited = new AbortController();
      this.#echoed.promise.then(() => waited.abort());
      await pause(ECHO_WAIT_MS, AbortSignal.any([over, waited.signal]));
      if (!waited.signal.aborted && !over.aborted) throw new ConnectionLost('Nothing is heard');
      await pause(this.#echoMs, over);
    }
  }

  async #hear(client: DatabaseClient, subscriber: Subscriber): Promise<void> {
    await client.run({ text: `listen ${client.escapeIdentifier(subscriber.channel)}` });
    subscriber.onListen();
  }

  #deliver({ channel, payload = '' }: Notification): void {
    if (channel === this.#echo) return this.#echoed.resolve();
    for (const subscriber of this.#subscribers) {
      if (subscriber.channel === channel) subscriber.onPayload(payload);
    }
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => resolve();
  stop.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    stop.removeEventListener('abort', onAbort);
  });
}
