import { expect, test } from "vitest";

import { parseNumber, writeNumber } from "./number";

const never = { value: null, word: "never" } as const;
const automatic = { value: 0, word: "automatic" } as const;

test.each([
  [" 120 ", undefined, { kind: "number", value: 120 }],
  ["0", undefined, { kind: "number", value: 0 }],
  ["", never, { kind: "number", value: null }],
  ["", automatic, { kind: "number", value: 0 }],
  ["", undefined, { kind: "wrong", message: "a whole number of ms is needed here" }],
  ["-5", undefined, { kind: "wrong", message: "a whole number of ms is needed here" }],
  ["1.5", never, { kind: "wrong", message: "a whole number of ms is needed here, or nothing for never" }],
  ["fast", undefined, { kind: "wrong", message: "a whole number of ms is needed here" }],
  ["99999999999", undefined, { kind: "wrong", message: "a whole number of ms is needed here" }],
])("%j with blank %j", (text, blank, expected) => {
  expect(parseNumber(text, "ms", blank), "only what the wire cannot carry is refused here").toEqual(expected);
});

test.each([
  ["9", { kind: "wrong", message: "from 10 to 10,000 is possible here" }],
  ["10", { kind: "number", value: 10 }],
  ["10001", { kind: "wrong", message: "from 10 to 10,000 is possible here" }],
])("%j from 10 to 10,000", (text, expected) => {
  expect(parseNumber(text, "ms", undefined, { min: 10, max: 10_000 })).toEqual(expected);
});

test("the value of an empty box is shown as an empty box", () => {
  expect(writeNumber(null, never)).toBe("");
  expect(writeNumber(0, automatic)).toBe("");
  expect(writeNumber(0, never), "no minutes are at once, not never").toBe("0");
  expect(writeNumber(30, never)).toBe("30");
});
