/**
 * Whether this person wants to be told when work is done, and whether this browser may.
 *
 * @module
 */
/// <reference lib="dom" />
import type { HeadwayClient } from '../api/client.ts';

export type NotificationConsent = NotificationPermission | 'unsupported';

/** The parts of `Notification` that are used; tests give their own. */
export interface NotificationApi {
  readonly permission: NotificationPermission;
  requestPermission(): Promise<NotificationPermission>;
  new (title: string, options?: NotificationOptions): Pick<Notification, 'close'> & {
    onclick: ((event: Event) => unknown) | null;
  };
}

export interface NotificationText {
  title: string;
  body: string;
  /** The browser shows one notification of a tag only. */
  tag: string;
  lang: string;
}

export class Notifications {
  readonly #client: Pick<HeadwayClient, 'preferences' | 'changePreferences'>;
  readonly #api: NotificationApi | undefined;
  #consent = $state<NotificationConsent>('unsupported');
  #wanted = $state(false);

  constructor(
    client: Pick<HeadwayClient, 'preferences' | 'changePreferences'>,
    api: NotificationApi | undefined = globalThis.Notification,
  ) {
    this.#client = client;
    this.#api = api;
    this.#consent = api?.permission ?? 'unsupported';
  }

  get consent(): NotificationConsent {
    return this.#consent;
  }

  /** Whether both the browser and the person's own preference say yes. */
  get enabled(): boolean {
    return this.#consent === 'granted' && this.#wanted;
  }

  /** Reads the preference; without an answer nobody is notified. */
  async load(): Promise<void> {
    try {
      this.#wanted = (await this.#client.preferences()).notifications;
    } catch {
      this.#wanted = false;
    }
  }

  /**
   * Asks the browser for permission and remembers the wish. Only from a click: browsers allow
   * nothing else, and neither do people.
   *
   * @throws {ApiError} the preference could not be kept
   */
  async agree(): Promise<void> {
    if (this.#api === undefined) return;
    this.#consent = await this.#api.requestPermission();
    if (this.#consent === 'granted') await this.#prefer(true);
  }

  /** @throws {ApiError} the preference could not be kept */
  async decline(): Promise<void> {
    await this.#prefer(false);
  }

  /** False where the browser does not show it after all. */
  show({ title, ...options }: NotificationText, onClick: () => void): boolean {
    if (!this.enabled || this.#api === undefined) return false;
    try {
      const shown = new this.#api(title, options);
      shown.onclick = () => {
        shown.close();
        onClick();
      };
      return true;
    } catch {
      // Some phones notify through a service worker only.
      return false;
    }
  }

  async #prefer(notifications: boolean): Promise<void> {
    this.#wanted = notifications;
    this.#wanted = (await this.#client.changePreferences({ notifications })).notifications;
  }
}
