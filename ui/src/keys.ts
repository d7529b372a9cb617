/** Hotkeys as people read them. How they are recorded is the settings' matter. */

/** The keys of an accelerator as they are printed on the keyboard: `Ctrl+Alt+KeyK` gives Ctrl, Alt, K. */
export function keysOf(accelerator: string): string[] {
  return accelerator.split("+").map((key) => key.replace(/^(Key|Digit)(?=.$)/, "").replace(/^Arrow/, ""));
}
