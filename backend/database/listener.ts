/**
 * Hears NOTIFY on a connection of its own, which is made again whenever it is lost.
 *
 * @module
 */
import { Client, type Notification } from 'pg';

export interface Subscription {
  unlisten(): Promise<void>;
}

interface Subscriber {
  readonly channel: string;
  onPayload(payload: string): void;
  /** Called after every (re)connect: what was said before went unheard. */
  onListen(): void;
  /** Called when the connection is lost: from here on nothing is heard. */
  onLost(): void;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/** One connection for all channels of a process. It is made with the first subscription. */
export class Listener {
  readonly #subscribers = new Set<Subscriber>();
  readonly #stopping = new AbortController();
  #client: Client | null = null;
  #running: Promise<void> | null = null;

  constructor(private readonly url: string, private readonly name: string) {}

  /** Resolves when the channel is heard; from then on it is, but for the time of a reconnect. */
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
    await this.#client?.end().catch(() => {});
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

  /** Returns when the connection is lost, or could not be made; whether it had been made. */
  async #stayConnected(): Promise<boolean> {
    const client = new Client({
      connectionString: this.url,
      application_name: this.name,
      keepAlive: true,
    });
    const lost = Promise.withResolvers<void>();
    client.on('error', () => lost.resolve()).on('end', () => lost.resolve());
    client.on('notification', (message) => this.#deliver(message));
    try {
      await client.connect();
      for (const subscriber of this.#subscribers) await this.#hear(client, subscriber);
      this.#client = client;
      if (!this.#stopping.signal.aborted) await lost.promise;
      return true;
    } catch {
      return false;
    } finally {
      if (this.#client) this.#subscribers.forEach((subscriber) => subscriber.onLost());
      this.#client = null;
      await client.end().catch(() => {});
    }
  }

  async #hear(client: Client, subscriber: Subscriber): Promise<void> {
    await client.query(`listen ${client.escapeIdentifier(subscriber.channel)}`);
    subscriber.onListen();
  }

  #deliver({ channel, payload = '' }: Notification): void {
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
