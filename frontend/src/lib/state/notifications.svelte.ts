/**
 * The user's wish to be notified at the end of work, and the browser's permission.
 *
 * @module
 */
/// <reference lib="dom" />
import type { HeadwayClient } from '../api/client.ts';

export type NotificationConsent = NotificationPermission | 'unsupported';

/** The used parts of `Notification`; tests supply their own. */
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
  /** The browser shows only one notification per tag. */
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

  /** True if both the browser and the user's preference allow it. */
  get enabled(): boolean {
    return this.#consent === 'granted' && this.#wanted;
  }

  /** Loads the preference; without an answer there are no notifications. */
  async load(): Promise<void> {
    try {
      this.#wanted = (await this.#client.preferences()).notifications;
    } catch {
      this.#wanted = false;
    }
  }

  /**
   * Requests the browser's permission and stores the wish. Call it only from a click: browsers
   * accept nothing else, and neither do users.
   *
   * @throws {ApiError} the preference could not be stored
   */
  async agree(): Promise<void> {
    if (this.#api === undefined) return;
    this.#consent = await this.#api.requestPermission();
    if (this.#consent === 'granted') await this.#prefer(true);
  }

  /** @throws {ApiError} the preference could not be stored */
  async decline(): Promise<void> {
    await this.#prefer(false);
  }

  /** Shows a notification; returns false if the browser refuses. */
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
      // Some phones support notifications through a service worker only.
      return false;
    }
  }

  async #prefer(notifications: boolean): Promise<void> {
    this.#wanted = notifications;
    this.#wanted = (await this.#client.changePreferences({ notifications })).notifications;
  }
}
