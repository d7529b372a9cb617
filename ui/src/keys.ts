/** Hotkeys in readable form. Recording them is in `settings/hotkeys`. */

/** Returns the keys of an accelerator as printed on the keyboard: `Ctrl+Alt+KeyK` gives Ctrl, Alt, K. */
export function keysOf(accelerator: string): string[] {
  return accelerator.split("+").map((key) => key.replace(/^(Key|Digit)(?=.$)/, "").replace(/^Arrow/, ""));
}
