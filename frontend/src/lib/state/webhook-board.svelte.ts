/**
 * State of the webhooks' page. It polls while the page is visible, more often while a delivery is
 * pending.
 *
 * @module
 */
import type { Delivery, NewWebhook, Webhook, WebhookChange } from '#contract/webhooks.ts';
import { ApiError } from '../api/api-error.ts';
import type { HeadwayClient } from '../api/client.ts';
import { WhileVisible, type WhileVisibleOptions } from '../polling/while-visible.ts';

const BUSY_MS = 1_500;
const IDLE_MS = 15_000;
const PAGE = 20;
const MOST = 200;

export class WebhookBoard {
  readonly #client: HeadwayClient;
  readonly #loop: WhileVisible;
  #items = $state.raw<Webhook[] | null>(null);
  #open = $state<string | null>(null);
  #deliveries = $state.raw<Delivery[] | null>(null);
  #hasMore = $state(false);
  #shown = PAGE;
  #secret = $state.raw<{ readonly id: string; readonly secret: string } | null>(null);
  #error = $state.raw<unknown>(null);
  #forbidden = $state(false);

  constructor(client: HeadwayClient, options: WhileVisibleOptions = {}) {
    this.#client = client;
    this.#loop = new WhileVisible((signal) => this.#round(signal), options);
  }

  /** Oldest first; null until loaded. */
  get items(): readonly Webhook[] | null {
    return this.#items;
  }

  /** The webhook whose deliveries are shown. */
  get open(): string | null {
    return this.#open;
  }

  /** Deliveries of the open webhook, newest first; null until loaded. */
  get deliveries(): readonly Delivery[] | null {
    return this.#deliveries;
  }

  get hasMore(): boolean {
    return this.#hasMore && this.#shown < MOST;
  }

  /** A secret created just now; the server does not return it again. */
  get secret(): { readonly id: string; readonly secret: string } | null {
    return this.#secret;
  }

  /** Error of the last round, or null; the data shown is older then. */
  get error(): unknown {
    return this.#error;
  }

  /** True if the user is not an administrator. */
  get forbidden(): boolean {
    return this.#forbidden;
  }

  start(): void {
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  /** Shows a webhook's deliveries, or none. */
  async show(id: string | null): Promise<void> {
    this.#open = id;
    this.#deliveries = null;
    this.#shown = PAGE;
    await this.#loop.now();
  }

  async more(): Promise<void> {
    this.#shown = Math.min(MOST, this.#shown + PAGE);
    await this.#loop.now();
  }

  /** @throws {ApiError} like all methods that follow */
  async add(webhook: NewWebhook): Promise<void> {
    const { id, secret } = await this.#client.createWebhook(webhook);
    this.#secret = { id, secret };
    await this.#loop.now();
  }

  async change(id: string, change: WebhookChange): Promise<void> {
    await this.#client.changeWebhook(id, change);
    await this.#loop.now();
  }

  async rotate(id: string): Promise<void> {
    const { secret } = await this.#client.rotateWebhook(id);
    this.#secret = { id, secret };
  }

  hideSecret(): void {
    this.#secret = null;
  }

  /** Shows the deliveries as well, the test among them. */
  async test(id: string): Promise<void> {
    await this.#client.testWebhook(id);
    await this.show(id);
  }

  async redeliver(id: string, delivery: string): Promise<void> {
    await this.#client.redeliver(id, delivery);
    await this.#loop.now();
  }

  async remove(id: string): Promise<void> {
    await this.#client.deleteWebhook(id);
    if (this.#open === id) this.#open = null;
    if (this.#secret?.id === id) this.#secret = null;
    await this.#loop.now();
  }

  async #round(signal: AbortSignal): Promise<number | null> {
    const open = this.#open;
    try {
      const [{ items }, page] = await Promise.all([
        this.#client.webhooks(signal),
        open === null ? null : this.#client.deliveries(open, this.#shown, signal),
      ]);
      this.#items = items;
      this.#deliveries = page?.items ?? null;
      this.#hasMore = page?.next_cursor != null;
      this.#error = null;
      return items.some(({ pending }) => pending > 0) ? BUSY_MS : IDLE_MS;
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof ApiError && error.status === 403) {
        this.#forbidden = true;
        return null;
      }
      this.#error = error;
      throw error;
    }
  }
}
