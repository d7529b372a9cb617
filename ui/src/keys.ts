/** Hotkeys in readable form. Recording them is in `settings/hotkeys`. */
import { t } from "./language/language.svelte";

/** Keys that are not printed with the same word on every keyboard. */
const NAMED = ["Ctrl", "Shift", "Space"] as const;

/** Returns the keys of an accelerator as printed on the keyboard: `Ctrl+Alt+KeyK` gives Ctrl, Alt, K. */
export function keysOf(accelerator: string): string[] {
  return accelerator.split("+").map(nameOf);
}

function nameOf(key: string): string {
  const named = NAMED.find((name) => name === key);
  return named ? t(`key.${named}`) : key.replace(/^(Key|Digit)(?=.$)/, "").replace(/^Arrow/, "");
}
