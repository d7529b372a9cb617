import { afterEach, describe, expect, test } from "vitest";

import {
  formatAgo,
  formatBytes,
  formatList,
  formatMs,
  formatParameters,
  formatShare,
  formatSpan,
  formatTime,
  NONE,
} from "./format";
import { setLanguage } from "./language/language.svelte";

afterEach(() => setLanguage("en"));

describe("milliseconds", () => {
  test.each([
    [null, NONE],
    [0, "0.00 ms"],
    [0.4161, "0.42 ms"],
    [9.949, "9.95 ms"],
    [9.951, "10.0 ms"],
    [99.94, "99.9 ms"],
    [99.96, "100 ms"],
    [999, "999 ms"],
    [1843, "1.84 s"],
  ])("%s is written %s", (ms, text) => {
    expect(formatMs(ms), "about three figures, whatever the size").toBe(text);
  });
});

describe("bytes", () => {
  test.each([
    [null, NONE],
    [0, "0 B"],
    [1023, "1,023 B"],
    [12 * 2 ** 10, "12 KiB"],
    [48.31 * 2 ** 20, "48.3 MiB"],
    [391 * 2 ** 20, "391 MiB"],
    [1.5 * 2 ** 30, "1.50 GiB"],
  ])("%s is written %s", (bytes, text) => {
    expect(formatBytes(bytes), "binary units, as the memory budget counts").toBe(text);
  });
});

describe("shares", () => {
  test.each([
    [0, 0, NONE],
    [0, 10, "0%"],
    [1, 300, "< 1%"],
    [94, 100, "94%"],
    [100, 100, "100%"],
    [999, 1000, "99.9%"],
    [9999, 10_000, "99.9%"],
  ])("%i of %i is %s", (part, total, text) => {
    expect(formatShare(part, total), "rounding never claims all, nor nothing").toBe(text);
  });
});

describe("spans", () => {
  test.each([
    [-5, "0 s"],
    [24_000, "24 s"],
    [59_400, "59 s"],
    [90_000, "2 min"],
    [7_200_000, "2 h"],
    [86_400_000, "1 day"],
    [3 * 86_400_000, "3 days"],
  ])("%i ms is %s", (ms, text) => {
    expect(formatSpan(ms), "one unit is enough to judge an age").toBe(text);
  });
});

test.each([
  ["en", ["8.50 ms", "48.3 MiB", "94%", "3 days", "12 min. ago", "494M", "a, b, and c"]],
  ["de", ["8,50 ms", "48,3 MiB", "94 %", "3 Tage", "vor 12 Min.", "494 Mio.", "a, b und c"]],
  ["fr", ["8,50 ms", "48,3 Mio", "94 %", "3 jours", "il y a 12 min", "494 M", "a, b et c"]],
  ["es", ["8,50 ms", "48,3 MiB", "94 %", "3 días", "hace 12 min", "494 M", "a, b y c"]],
] as const)("numbers are written as in %s", (language, expected) => {
  setLanguage(language);
  const written = [
    formatMs(8.5),
    formatBytes(48.31 * 2 ** 20),
    formatShare(94, 100),
    formatSpan(3 * 86_400_000),
    formatAgo(12 * 60_000),
    formatParameters(494_000_000),
    formatList(["a", "b", "c"]),
  ];
  // Which of the blanks that do not break is written differs between versions of the language data.
  expect(written.map((text) => text.replace(/\s/g, " "))).toEqual(expected);
});

test("a time of day has seconds, so that neighbours in the table differ", () => {
  expect(formatTime(Date.UTC(2026, 10, 23, 14, 2, 11))).toMatch(/^\d\d:\d\d:11$/);
});
