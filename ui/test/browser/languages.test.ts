/** Every page in every language: what it says fits into the narrowest usual window, and nothing of it is left in English. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { readMessages } from "../../messages/types.js";
import type { World } from "../backend";
import { sampleInstall, sampleModels, sampleRequests, sampleStatus } from "../sample";
import { Chromium } from "./browser";

const failed = sampleModels();
Object.assign(failed.models[0] ?? {}, { breaker: { state: "open", retry_ms: 24_000 } });

const PAGES: Record<string, Partial<World>> = {
  "#dashboard": { requests: sampleRequests(100), models: failed, status: sampleStatus({ has_tray: false }) },
  "#dashboard without requests": {},
  "#settings": {},
  "#models": { installs: [sampleInstall()], models: failed },
  "#remote": {},
  "#welcome": { installs: [sampleInstall()] },
};

let chromium: Chromium;
beforeAll(async () => {
  chromium = await Chromium.start();
});
afterAll(() => chromium.stop());

describe.each(["en", "de", "fr", "es"] as const)("%s", (language) => {
  test.each(Object.entries(PAGES))("%s", async (page, world) => {
    await check(language, page.split(" ")[0] ?? "", world);
  });
});

async function check(language: string, hash: string, world: Partial<World>): Promise<void> {
  const { page, complaints } = await chromium.open(`?language=${language}${hash}`, world, {
    viewport: { width: 640, height: 640 },
  });
  await page.locator("body[data-ready]").waitFor();
  expect(await page.evaluate(() => document.documentElement.lang), "screen readers are told").toBe(language);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  const cut = await page.evaluate(textsCutOff);
  expect(cut, "no text is wider than its button, badge or heading").toEqual([]);
  if (language !== "en") expect(leftInEnglish(await page.evaluate(shownTexts), language)).toEqual([]);
  expect(complaints, "the page complains about nothing").toEqual([]);
  await page.context().close();
}

/** In the page: the texts that do not fit into the element that shows them. */
function textsCutOff(): string[] {
  const shown = [...document.querySelectorAll<HTMLElement>("button, label, a, h1, h2, h3, dt, th, .name")];
  return shown
    .filter(({ clientWidth, scrollWidth }) => clientWidth > 1 && scrollWidth > clientWidth + 1)
    .map(({ textContent }) => textContent.trim());
}

/** In the page: every text and label on it. */
function shownTexts(): string[] {
  const elements = [...document.querySelectorAll<HTMLElement>("body *")];
  return elements.flatMap((element) => [
    ...[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent ?? ""),
    element.getAttribute("aria-label") ?? "",
    element.getAttribute("title") ?? "",
    element.getAttribute("placeholder") ?? "",
  ]);
}

/** The shown texts that are messages of the English table, and no messages of this language. */
function leftInEnglish(shown: string[], language: string): string[] {
  const [english, own] = [readMessages("en"), readMessages(language)].map(
    (messages) => new Set(Object.values(messages).filter((message) => typeof message === "string")),
  );
  return shown.map((text) => text.trim()).filter((text) => text && english?.has(text) && !own?.has(text));
}
