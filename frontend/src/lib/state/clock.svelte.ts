/**
 * The time as reactive state: updated once a second, without a timer while it has no reader.
 *
 * @module
 */
import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1_000);
  return () => clearInterval(timer);
});

export const clock = {
  /** Milliseconds since the epoch. */
  get now(): number {
    subscribe();
    return Date.now();
  },
};
