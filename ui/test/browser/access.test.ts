/**
 * Every page for people who enlarge it, need strong contrasts, use the keyboard alone or have it read out: in a real
 * browser, by its own tree of accessibility.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { World } from "../backend";
import { sampleInstall, sampleRequests } from "../sample";
import { Chromium, type Opened } from "./browser";

/** Pictures are written here, if it is set. */
const FOLDER = process.env["POUNCE_ACCESS_PICTURES"];
if (FOLDER) mkdirSync(FOLDER, { recursive: true });

const PAGES: Record<string, Partial<World>> = {
  "#dashboard": { requests: sampleRequests(40) },
  "#settings": {},
  "#models": { installs: [sampleInstall()] },
  "#remote": {},
  "#welcome": {},
};

let chromium: Chromium;
beforeAll(async () => {
  chromium = await Chromium.start();
});
afterAll(() => chromium.stop());

async function open(hash: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const opened = await chromium.open(hash, PAGES[hash] ?? {}, options);
  await opened.page.locator("body[data-ready]").waitFor();
  return opened;
}

async function picture(page: Page, name: string): Promise<void> {
  if (FOLDER) await page.screenshot({ path: join(FOLDER, `${name}.png`) });
}

describe.each(Object.keys(PAGES))("%s", (hash) => {
  const name = hash.slice(1);

  test("at 200 % nothing scrolls sideways", async () => {
    const { page } = await open(hash, { viewport: { width: 450, height: 320 }, deviceScaleFactor: 2 });
    await picture(page, `${name}-200`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await page.context().close();
  });

  test.each(["light", "dark"] as const)(
    "in forced colours, %s, every control has an edge, and charts keep their colours",
    async (colorScheme) => {
      const { page } = await open(hash, { forcedColors: "active", colorScheme });
      await picture(page, `${name}-forced-${colorScheme}`);
      expect(await page.evaluate(controlsWithoutEdge)).toEqual([]);
      expect(await page.evaluate(lostColors), "charts and legends keep their colours").toEqual([]);
      await page.context().close();
    },
  );

  test.each(["light", "dark"] as const)("with more contrast, %s, texts have 7 : 1", async (colorScheme) => {
    const { page } = await open(hash, { contrast: "more", colorScheme });
    await picture(page, `${name}-contrast-${colorScheme}`);
    expect(await page.evaluate(weakTexts)).toEqual([]);
    await page.context().close();
  });

  test("the keyboard alone reaches every control, in the order of the page, and shows where it is", async () => {
    const { page } = await open(hash);
    const order = await page.evaluate(controls);
    const { reached, unmarked } = await tabThrough(page, order.length + 10);
    expect(
      order.filter((control) => !reached.includes(control)),
      "reached by Tab",
    ).toEqual([]);
    expect(reached, "from top to bottom").toEqual(order);
    expect(unmarked, "where the keyboard is can be seen").toEqual([]);
    await page.context().close();
  });

  test("a screen reader finds one main region, one first heading, and a name for every control", async () => {
    const { page } = await open(hash);
    const tree = await accessibilityTree(page);
    const count = (role: string) => tree.filter((node) => node.role === role).length;
    expect(count("main")).toBe(1);
    const levels = tree.filter((node) => node.role === "heading").map((node) => node.level);
    expect(levels[0], "the first heading is the page's").toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(skipped(levels), "no level of headings is left out").toEqual([]);
    const CONTROLS = [
      "button",
      "checkbox",
      "combobox",
      "link",
      "radio",
      "slider",
      "switch",
      "textbox",
      "progressbar",
    ];
    const nameless = tree.filter((node) => CONTROLS.includes(node.role) && node.name === "");
    expect(nameless).toEqual([]);
    await page.context().close();
  });
});

test.each([
  ["a switch", "#settings", "[role=switch]"],
  ["a choice", "#settings", "[role=radiogroup] label:nth-child(2)"],
  ["a link to a section", "#settings", "nav li:nth-child(4) a"],
] as const)("in forced colours, %s looks different once it is chosen", async (_what, hash, control) => {
  const { page } = await open(hash, { forcedColors: "active" });
  const look = async () => {
    await page.mouse.move(0, 0);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    return (await page.locator(control).first().screenshot()).toString("base64");
  };
  const before = await look();
  await page.locator(control).first().click();
  await expect.poll(look).not.toBe(before);
  await page.context().close();
});

test("the first steps can be gone through with the keyboard alone", async () => {
  const { page } = await open("#welcome");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => getSelection()?.toString()), "the code is selected at once").toContain(
    "def is_even",
  );
  await page.getByRole("switch", { name: "Read code when it is copied" }).focus();
  await page.keyboard.press("Space");
  await page.getByText("Saved").waitFor();
  await page.getByRole("button", { name: /^Install / }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("progressbar").waitFor();
  await page.getByRole("button", { name: "Done" }).focus();
  await page.keyboard.press("Enter");
  await expect
    .poll(() => page.evaluate(() => window.pounceBackend.calls.at(-1)?.command))
    .toBe("plugin:window|close");
  await page.context().close();
});

/** Presses Tab until the focus is where it was, at most `limit` times. */
async function tabThrough(page: Page, limit: number): Promise<{ reached: string[]; unmarked: string[] }> {
  const [reached, unmarked]: [string[], string[]] = [[], []];
  for (let presses = 0; presses < limit; presses++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(focused);
    if (focus === null || reached.includes(focus.control)) break;
    reached.push(focus.control);
    if (!focus.isMarked) unmarked.push(focus.control);
  }
  return { reached, unmarked };
}

interface AccessibleNode {
  role: string;
  name: string;
  level: number | undefined;
}

/** The browser's own tree of accessibility, as a screen reader gets it. */
async function accessibilityTree(page: Page): Promise<AccessibleNode[]> {
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send("Accessibility.getFullAXTree");
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name, properties = [] }) => ({
      role: String(role?.value),
      name: String(name?.value ?? "").trim(),
      level: properties.find((property) => property.name === "level")?.value.value as number | undefined,
    }));
}

/** The headings that are more than one level below the one before them. */
function skipped(levels: (number | undefined)[]): (number | undefined)[] {
  return levels.filter((level, at) => at > 0 && (level ?? 0) > (levels[at - 1] ?? 0) + 1);
}

// The functions below run in the page.

/** Every control that Tab should stop at, in the order of the page; of radio buttons the chosen one. */
function controls(): string[] {
  const all = [
    ...document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, [tabindex='0']"),
  ];
  const stops = all.filter(
    (element) =>
      !element.matches(":disabled, [type=radio]:not(:checked)") && element.getClientRects().length > 0,
  );
  return stops.map((element) => {
    element.dataset["control"] ??=
      `${all.indexOf(element)} ${element.tagName} ${element.getAttribute("name") ?? element.textContent.trim()}`;
    return element.dataset["control"];
  });
}

function focused(): { control: string; isMarked: boolean } | null {
  const element = document.activeElement as HTMLElement | null;
  if (!element || element === document.body) return null;
  // A radio button is hidden below its label, which shows the focus; a number shows it around its unit too.
  const shown = element.closest<HTMLElement>("[type=radio]")
    ? element.closest("label")
    : element.closest(".box");
  const { outlineStyle, outlineWidth } = getComputedStyle(shown ?? element);
  const isMarked = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  return { control: element.dataset["control"] ?? element.outerHTML.slice(0, 120), isMarked };
}

/** Buttons and fields whose edge cannot be seen in forced colours. */
function controlsWithoutEdge(): string[] {
  const all = [
    ...document.querySelectorAll<HTMLElement>("button[class], input:not([type=radio]), select, textarea"),
  ];
  return all
    .filter((element) => {
      const box = element.closest<HTMLElement>(".box") ?? element;
      const { borderTopStyle, borderTopWidth } = getComputedStyle(box);
      return borderTopStyle === "none" || parseFloat(borderTopWidth) < 1;
    })
    .map((element) => element.outerHTML.slice(0, 160));
}

/** What a chart or legend says by its colour, and would not in forced colours. */
function lostColors(): string[] {
  const colored = [...document.querySelectorAll<HTMLElement>("[style*='background']")];
  return colored
    .filter((element) => getComputedStyle(element).getPropertyValue("forced-color-adjust") !== "none")
    .map((element) => element.outerHTML.slice(0, 160));
}

/** Texts below 7 : 1 on their surface. Large texts (24 px, or 18.66 px and bold) may have 4.5 : 1. */
function weakTexts(): string[] {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (color: string): [number, number, number, number] => {
    if (!canvas) return [0, 0, 0, 0];
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a];
  };
  const luminance = (color: string) => {
    const [r, g, b] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
  };
  const surfaceOf = (element: Element | null): string => {
    if (!element) return "white";
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 255 ? backgroundColor : surfaceOf(element.parentElement);
  };
  const texts = [...document.querySelectorAll<HTMLElement>("body *")].filter(
    (element) =>
      element.getClientRects().length > 0 &&
      !element.matches(":disabled, :disabled *, svg *, .visually-hidden, option") &&
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()),
  );
  return texts.flatMap((element) => {
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const [a, b] = [luminance(color), luminance(surfaceOf(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const isLarge =
      parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
    const text = element.textContent.trim().slice(0, 40);
    return ratio < (isLarge ? 4.5 : 7) - 0.01
      ? [`${text}: ${ratio.toFixed(2)} ${color} on ${surfaceOf(element)}`]
      : [];
  });
}
