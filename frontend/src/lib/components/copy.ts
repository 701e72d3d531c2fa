/**
 * Clipboard access.
 *
 * @module
 */

/**
 * Copies a text or a promise of one. Browsers allow copying only right after a click, and some
 * refuse it after a wait. Throws if the browser refuses.
 */
export async function copyText(text: string | Promise<string>): Promise<void> {
  // Only secure contexts (HTTPS, localhost) have a clipboard.
  if (!navigator.clipboard) return copyBySelection(await text);
  if (typeof text === 'string' || typeof ClipboardItem === 'undefined') {
    return await navigator.clipboard.writeText(await text);
  }
  const blob = text.then((whole) => new Blob([whole], { type: 'text/plain' }));
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
}

function copyBySelection(text: string): void {
  const field = document.createElement('textarea');
  const focused = document.activeElement;
  field.value = text;
  field.readOnly = true;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  if (!copied) throw new Error('Copying is not allowed');
}
