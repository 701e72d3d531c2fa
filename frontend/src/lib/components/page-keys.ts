/**
 * Keys that work wherever on the page the focus is, but for where they have a meaning already.
 *
 * @module
 */

/** Whether a key pressed there is free for the page: not in a field, with no other key held. */
export function isFreeKey(event: KeyboardEvent): boolean {
  const { defaultPrevented, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if (defaultPrevented || ctrlKey || metaKey || altKey || shiftKey) return false;
  if (!(target instanceof Element)) return true;
  // A player has these keys itself; a table or a dialog scrolls or closes by them.
  const taken =
    'input, select, textarea, audio, video, dialog, [contenteditable], [tabindex="0"]:not(button)';
  if (target.closest(taken)) return false;
  return event.key !== ' ' || !target.closest('button, a, summary, label');
}
