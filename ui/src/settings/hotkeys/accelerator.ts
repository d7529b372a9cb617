/**
 * Key presses as the shell's hotkey parser writes them: `Ctrl+Alt+Space`, modifiers first, then one key.
 * Letters and punctuation are named by what they type in the current layout (`key`), as the display server looks keys up
 * that way; all other keys by their position on the keyboard (`code`).
 */
import { t } from "../../language/language.svelte";

/** What one key press in the recorder means. */
export type Recording =
  | { kind: "pending"; modifiers: string[] }
  | { kind: "done"; accelerator: string }
  | { kind: "cleared" }
  | { kind: "cancelled" }
  | { kind: "refused"; message: string };

/** The part of a `KeyboardEvent` that matters here. */
export type KeyPress = Pick<KeyboardEvent, "code" | "key" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">;

const MODIFIER_CODE = /^(Control|Alt|Shift|Meta|OS)(Left|Right)?$|^AltGraph$/;
const FUNCTION_CODE = /^F([1-9]|1\d|2[0-4])$/;
const KEY_CODE =
  /^(Key[A-Z]|Digit\d|Numpad\w+|Arrow(Up|Down|Left|Right)|Space|Tab|Enter|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Pause|PrintScreen|ScrollLock|Backquote|Minus|Equal|BracketLeft|BracketRight|Backslash|Semicolon|Quote|Comma|Period|Slash)$/;

/** The codes of the keys that type this punctuation on an American keyboard: the names that the shell's parser uses. */
const MARKS: Record<string, string> = {
  "`": "Backquote",
  "-": "Minus",
  "=": "Equal",
  "[": "BracketLeft",
  "]": "BracketRight",
  "\\": "Backslash",
  ";": "Semicolon",
  "'": "Quote",
  ",": "Comma",
  ".": "Period",
  "/": "Slash",
};

/** What these keys type with Shift on an American keyboard. */
const SHIFTED_MARKS: Record<string, string> = {
  Backquote: "~",
  Minus: "_",
  Equal: "+",
  BracketLeft: "{",
  BracketRight: "}",
  Backslash: "|",
  Semicolon: ":",
  Quote: '"',
  Comma: "<",
  Period: ">",
  Slash: "?",
};

/** The keys whose modifier the web view does not report with other keys. */
const SUPER_CODE = /^(Meta|OS)(Left|Right)$/;

/** Remembers whether Super is held: WebKitGTK tells its presses, but not that it is held while others are pressed. */
export class SuperKey {
  #isHeld = false;

  /** Takes a key that goes down or up, and returns it with the modifiers that are held. */
  follow(event: KeyPress & Pick<KeyboardEvent, "type">): KeyPress {
    const { code, key, ctrlKey, altKey, shiftKey, metaKey } = event;
    if (SUPER_CODE.test(code)) this.#isHeld = event.type === "keydown";
    return { code, key, ctrlKey, altKey, shiftKey, metaKey: metaKey || this.#isHeld };
  }
}

/** Decides what a key press means while a hotkey is being recorded. */
export function record(press: KeyPress): Recording {
  const modifiers = modifiersOf(press);
  if (MODIFIER_CODE.test(press.code)) return { kind: "pending", modifiers };
  if (modifiers.length === 0 && press.code === "Escape") return { kind: "cancelled" };
  if (modifiers.length === 0 && press.code === "Backspace") return { kind: "cleared" };
  if (FUNCTION_CODE.test(press.code)) return done(modifiers, press.code);
  if (!KEY_CODE.test(press.code)) return refused(t("hotkey.not_a_key"));
  const isTyping = modifiers.length === 0 || modifiers.join() === "Shift";
  if (isTyping) return refused(t("hotkey.needs_modifier"));
  const name = codeOf(press);
  return name === null ? refused(t("hotkey.not_this_key", { key: nameOf(press) })) : done(modifiers, name);
}

/**
 * Returns the key's name for the parser: by what it types in this layout, otherwise by its position. `null` if that
 * name is another key's in this layout, as that of Ä is on a German keyboard: pressing it would do nothing.
 */
function codeOf({ code, key }: KeyPress): string | null {
  if (code.startsWith("Numpad")) return code;
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  const mark = key === SHIFTED_MARKS[code] ? code : MARKS[key];
  // The server looks the name of this key up under a sign that is on no keyboard.
  if (mark === "Quote") return null;
  return mark ?? (code in SHIFTED_MARKS ? null : code);
}

function nameOf({ key }: KeyPress): string {
  return key === "Dead" ? t("hotkey.accent_key") : key.toUpperCase();
}

/** The modifiers that are held, in the order in which they are written. */
export function modifiersOf(press: KeyPress): string[] {
  const held: [boolean, string][] = [
    [press.ctrlKey, "Ctrl"],
    [press.altKey, "Alt"],
    [press.shiftKey, "Shift"],
    [press.metaKey, "Super"],
  ];
  return held.filter(([isHeld]) => isHeld).map(([, name]) => name);
}

function done(modifiers: string[], code: string): Recording {
  return { kind: "done", accelerator: [...modifiers, code].join("+") };
}

function refused(message: string): Recording {
  return { kind: "refused", message };
}
