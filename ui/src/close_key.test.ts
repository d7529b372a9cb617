// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { isCloseKey } from "./close_key";

/** Whether pressing a key on an element asks to close the window. */
function closes(tag: string, init: KeyboardEventInit): boolean {
  const element = document.body.appendChild(document.createElement(tag));
  let isAsked = false;
  element.addEventListener("keydown", (event) => (isAsked = isCloseKey(event)));
  element.dispatchEvent(new KeyboardEvent("keydown", init));
  element.remove();
  return isAsked;
}

test("Ctrl+W closes a window from anywhere, Escape where nothing else takes it", () => {
  expect(closes("button", { key: "Escape" })).toBe(true);
  expect(closes("input", { key: "Escape" }), "it takes back what was typed").toBe(false);
  expect(closes("input", { key: "w", ctrlKey: true })).toBe(true);
  expect(closes("button", { key: "w" }), "a letter").toBe(false);
  expect(closes("button", { key: "W", ctrlKey: true, shiftKey: true }), "another shortcut").toBe(false);
});
