/**
 * The time as reactive state: whoever shows it is told once a second, and no timer runs for nobody.
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
