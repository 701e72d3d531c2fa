/**
 * The current user, their preferences and their background work.
 *
 * @module
 */
import type { BackgroundAccepted, Preferences, PreferencesChange } from '#contract/background.ts';
import type { Me } from '#contract/me.ts';
import { paths } from '#contract/paths.ts';
import type { Request } from './request.ts';

// deno-lint-ignore explicit-module-boundary-types -- the shape is the inferred one
export function preferenceCalls(request: Request) {
  return {
    me: () => request<Me>('GET', paths.me),
    preferences: () => request<Preferences>('GET', paths.preferences),
    changePreferences: (change: PreferencesChange) =>
      request<Preferences>('PATCH', paths.preferences, { body: change }),
    /** Queues all unprocessed files of the current user with a low priority. */
    startBackground: () => request<BackgroundAccepted>('POST', paths.backgroundStart),
  };
}
