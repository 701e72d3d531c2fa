/**
 * Keeps a page's state in its URL, so that a link or a reload restores it.
 *
 * @module
 */
import { goto } from '$app/navigation';
import { page } from '$app/state';

interface Options {
  /** True if the state is an entry of its own in the history. @default false */
  remembered?: boolean;
}

/** @param query the whole query of the URL, without its question mark; `''` for none */
export async function showInAddress(
  query: string,
  { remembered = false }: Options = {},
): Promise<void> {
  await goto(query === '' ? page.url.pathname : `?${query}`, {
    replace: !remembered,
    reset: false,
  });
}
