import { expect, test } from "vitest";

import { type KeyPress, record, type Recording, SuperKey } from "./accelerator";

function check(keys: string, expected: Partial<Recording>, why: string, key = ""): void {
  const names = keys.split("+");
  const press: KeyPress = {
    code: names.at(-1) ?? "",
    key,
    ctrlKey: names.includes("Ctrl"),
    altKey: names.includes("Alt"),
    shiftKey: names.includes("Shift"),
    metaKey: names.includes("Super"),
  };
  expect(record(press), `${keys}: ${why}`).toMatchObject(expected);
}

test("a key with modifiers is a hotkey, modifiers in their order", () => {
  check("Ctrl+Alt+Space", { kind: "done", accelerator: "Ctrl+Alt+Space" }, "the default");
  check("Super+Shift+Alt+Ctrl+KeyK", { kind: "done", accelerator: "Ctrl+Alt+Shift+Super+KeyK" }, "sorted");
  check("Ctrl+Backspace", { kind: "done", accelerator: "Ctrl+Backspace" }, "only Backspace alone clears");
  check("Ctrl+Escape", { kind: "refused" }, "Escape is no hotkey, whatever is held");
});

test("a function key needs no modifier", () => {
  check("F9", { kind: "done", accelerator: "F9" }, "no text is typed with it");
  check("Shift+F1", { kind: "done", accelerator: "Shift+F1" }, "nor with Shift");
});

test("letters and punctuation are named as the layout has them", () => {
  check("Ctrl+Alt+KeyY", { accelerator: "Ctrl+Alt+KeyZ" }, "German: Z is where Y is in America", "z");
  check("Ctrl+Shift+KeyK", { accelerator: "Ctrl+Shift+KeyT" }, "Dvorak, with Shift", "T");
  check("Ctrl+KeyV", { accelerator: "Ctrl+Period" }, "Dvorak's full stop", ".");
  check("Ctrl+KeyF", { accelerator: "Ctrl+KeyF" }, "a Cyrillic letter has no name there", "а");
  check("Ctrl+Digit1", { accelerator: "Ctrl+Digit1" }, "French: & without Shift, but the key of the 1", "&");
  check("Ctrl+NumpadDecimal", { accelerator: "Ctrl+NumpadDecimal" }, "the keypad has names of its own", ".");
});

test("modifiers alone wait for a key", () => {
  check("Ctrl+ControlLeft", { kind: "pending", modifiers: ["Ctrl"] }, "the key is still to come");
  check("Ctrl+Alt+AltLeft", { kind: "pending", modifiers: ["Ctrl", "Alt"] }, "the key is still to come");
});

test("Escape and Backspace end the recording", () => {
  check("Escape", { kind: "cancelled" }, "nothing changes");
  check("Backspace", { kind: "cleared" }, "the hotkey is turned off");
});

test("keys that text is typed with are refused with the remedy", () => {
  const message = "add Ctrl, Alt or Super, or the key could no longer be typed";
  check("KeyA", { kind: "refused", message }, "every a would complete");
  check("Shift+KeyA", { kind: "refused", message }, "every capital A would complete");
  check("Ctrl+MediaPlayPause", { kind: "refused" }, "the shell's parser does not know it");
});

test("a key that types something else in this layout is refused with the remedy", () => {
  const refused: [string, string][] = [
    ["Quote", "ä"],
    ["Semicolon", "ö"],
    ["BracketLeft", "ü"],
    ["BracketRight", "+"],
    ["Minus", "ß"],
    ["Equal", "Dead"],
    ["Backquote", "Dead"],
    ["Backslash", "#"],
    ["Quote", "'"],
  ];
  for (const [code, key] of refused) {
    check(`Ctrl+${code}`, { kind: "refused" }, `nothing is found there when ${key} is pressed`, key);
  }
  check("Ctrl+Slash", { accelerator: "Ctrl+Minus" }, "German: the hyphen is elsewhere", "-");
  check("Ctrl+Shift+Minus", { accelerator: "Ctrl+Shift+Minus" }, "American, with Shift", "_");
  check("Ctrl+Semicolon", { accelerator: "Ctrl+Semicolon" }, "American", ";");
});

test("Super is remembered between its own press and its release", () => {
  const keyboard = new SuperKey();
  const keys = { key: "", ctrlKey: false, altKey: false, shiftKey: false, metaKey: false };
  const follow = (type: string, code: string) => keyboard.follow({ ...keys, type, code }).metaKey;
  expect(follow("keydown", "MetaLeft")).toBe(true);
  expect(follow("keydown", "F9"), "held").toBe(true);
  expect(follow("keyup", "MetaLeft")).toBe(false);
  expect(follow("keydown", "F9"), "let go").toBe(false);
});
