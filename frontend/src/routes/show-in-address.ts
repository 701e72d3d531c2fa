/**
 * Keeps in a page's address what somebody chose there, so that a link or a reload finds it again.
 *
 * @module
 */
import { goto } from '$app/navigation';
import { page } from '$app/state';

interface Options {
  /** Whether the choice is a place of its own to come back to. @default false */
  remembered?: boolean;
}

/** @param query the whole query of the address, without its question mark; `''` for none */
export async function showInAddress(
  query: string,
  { remembered = false }: Options = {},
): Promise<void> {
  await goto(query === '' ? page.url.pathname : `?${query}`, {
    replace: !remembered,
    reset: false,
  });
}
