import { expect, test } from "vitest";

import { keysOf } from "./keys";

test.each([
  ["Ctrl+Alt+Space", ["Ctrl", "Alt", "Space"]],
  ["Ctrl+Shift+KeyK", ["Ctrl", "Shift", "K"]],
  ["Super+Digit1", ["Super", "1"]],
  ["Alt+ArrowUp", ["Alt", "Up"]],
  ["Ctrl+K", ["Ctrl", "K"]],
  ["F5", ["F5"]],
])("%s is shown as %j", (accelerator, keys) => {
  expect(keysOf(accelerator), "keys are named as they are printed").toEqual(keys);
});
