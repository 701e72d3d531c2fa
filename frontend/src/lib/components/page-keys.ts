/**
 * Page-wide keyboard shortcuts, except where a key has a meaning already.
 *
 * @module
 */

/** True if the page may handle a key: not in a field and without modifiers. */
export function isFreeKey(event: KeyboardEvent): boolean {
  const { defaultPrevented, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  if (defaultPrevented || ctrlKey || metaKey || altKey || shiftKey) return false;
  if (!(target instanceof Element)) return true;
  // A player handles these keys itself; a table scrolls and a dialog closes with them.
  const taken =
    'input, select, textarea, audio, video, dialog, [contenteditable], [tabindex="0"]:not(button)';
  if (target.closest(taken)) return false;
  return event.key !== ' ' || !target.closest('button, a, summary, label');
}
