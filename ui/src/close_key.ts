/** The keys that close a window: Ctrl+W, and Escape where nothing else takes it. */

/** Whether a key press asks to close the window: not in a field or a dialog, which take Escape for themselves. */
export function isCloseKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.altKey || event.shiftKey || event.metaKey) return false;
  if (event.ctrlKey) return event.key.toLowerCase() === "w";
  const takesEscape = "input, select, textarea, dialog";
  const isTaken = event.target instanceof Element && event.target.closest(takesEscape) !== null;
  return event.key === "Escape" && !isTaken && document.querySelector("dialog[open]") === null;
}
